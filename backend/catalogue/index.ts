export { type Country, countries, findCountry, isEea, regionOf } from './countries.ts';
export { type Hardware, hardware, matchModel } from './hardware.ts';
export { type Cpu, ensureCpuModel, getModel, type HardwareModel, listModels, seedCatalogue } from './models.ts';
