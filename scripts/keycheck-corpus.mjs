import { handOver } from './lib/ready.mjs';

await handOver('scripts/keycheck-corpus.ts');
