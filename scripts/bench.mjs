import { handOver } from './lib/ready.mjs';

await handOver('bench/all.ts');
