import { handOver } from './lib/ready.mjs';

await handOver('scripts/conformance.ts');
