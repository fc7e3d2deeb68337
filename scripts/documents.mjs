import { handOver } from './lib/ready.mjs';

await handOver('scripts/documents.ts');
