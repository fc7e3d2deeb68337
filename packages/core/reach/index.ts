export { type ChokePoint, chokePoints } from './choke-points.ts';
export { createExposure, type Exposure, pathTo } from './exposure.ts';
export type { HeldKey, Inventory, InventoryDevice } from './inventory.ts';
export { inventoryGraph, type InventoryGraph } from './inventory-graph.ts';
export { createFleetReach, type DeviceReach } from './reach-bound.ts';
export { type ReachReport, reachReport } from './reach-report.ts';
export { findSubject } from './subject.ts';
export { suppose } from './suppose.ts';
export { type TrustGraph, TrustGraphBuilder } from './trust-graph.ts';
