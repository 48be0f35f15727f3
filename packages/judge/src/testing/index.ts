export { figures, renderFigures } from './figures.js';
