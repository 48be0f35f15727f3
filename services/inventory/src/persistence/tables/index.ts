import { MOVEMENTS } from './movements.js';
import { ANSWERS, RESERVATION_TIMES, RESERVATIONS } from './reservations.js';
import { STOCK } from './stock.js';

/** Every mapping of a table that statements read and write through. */
export const TABLES = [STOCK, MOVEMENTS, RESERVATIONS, RESERVATION_TIMES, ANSWERS] as const;
