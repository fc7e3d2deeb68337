import { handOver } from './lib/ready.mjs';

await handOver('scripts/check.ts');
