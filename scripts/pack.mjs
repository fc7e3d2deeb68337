import { handOver } from './lib/ready.mjs';

await handOver('scripts/pack.ts', ['--disable-warning=ExperimentalWarning']);
