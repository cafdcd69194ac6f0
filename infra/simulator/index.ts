export { type NodePlan, planNodes } from './plan.ts';
export { type Simulation, simulate } from './simulate.ts';
