export { csvHeader, csvRow } from './csv-row.ts';
export { influxLine } from './influx-line.ts';
export { jsonLine } from './json-line.ts';
export { prometheusText } from './prometheus-text.ts';
export type { StreamReading } from './stream-reading.ts';
export { inLine, visible } from './visible-text.ts';
