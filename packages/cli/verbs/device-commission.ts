import type { Command } from 'commander';
import { registerCommission } from './commission.ts';
import { group } from './group.ts';

/** `keyward device commission`: exit code 0 joined, 2 not. */
export const register = (program: Command): void => {
	registerCommission(group(program, 'device'), 'device');
};
