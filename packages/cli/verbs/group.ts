import type { Command } from 'commander';

/** The group of verbs of that name, made when it is not there yet: `keyward policy …`. */
export const group = (program: Command, name: string, description: string): Command =>
	program.commands.find((command) => command.name() === name) ?? program.command(name).description(description);
