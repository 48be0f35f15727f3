import { MOVEMENTS } from './movements.js';
import { ANSWERS, RESERVATION_TIMES, RESERVATION_UPDATES, RESERVATIONS } from './reservations.js';
import { STOCK } from './stock.js';

/** Every mapping of a table that statements read and write through. */
export const TABLES = [STOCK, MOVEMENTS, RESERVATIONS, RESERVATION_TIMES, RESERVATION_UPDATES, ANSWERS] as const;
