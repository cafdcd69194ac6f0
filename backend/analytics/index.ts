export { type NetworkDay, type NetworkNumbers, networkNumbers } from './network.ts';
export {
  type DemandPoint,
  demand,
  type RevenuePoint,
  revenue,
  type SeriesQuery,
  type SupplyPoint,
  supply,
  type UnmetDemandPoint,
  type UtilisationPoint,
  unmetDemand,
  utilisation,
} from './series.ts';
