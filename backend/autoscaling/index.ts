export { decide, type Load } from './decide.ts';
export { createAutoscaler } from './tick.ts';
