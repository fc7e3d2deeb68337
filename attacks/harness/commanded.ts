import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { hours } from '@keyward/core';
import { type CommandContent, readReceipt, signCommand } from '@keyward/core/command';
import { makeEphemeralKey } from '@keyward/custody';
import { takeCommands } from '@keyward/testing/service/command-site';
import type { Outcome, SiteTools } from './attack.ts';

const commander = makeEphemeralKey();

/** A command of the commander `anna` for `hall/probe-1`: a harmless one, unless it is changed. */
export const commandOf = (change: Partial<CommandContent> = {}): Promise<Uint8Array> => {
	const issued = Date.now();
	return signCommand(
		{
			...{ application: 'hall', device: 'probe-1', name: 'count', commander: 'anna', sequence: issued, issued },
			...{ expires: issued + hours(1), ...change },
		},
		commander,
	);
};

/**
 * A real agent on `hall/probe-1` obeys the commander and nobody else; the service, which the attacker is, hands it these messages one
 * after another. The attack has succeeded when the program of the last one ran.
 */
export const commandAgent = async (
	{ site, cli, signal }: SiteTools,
	messages: readonly Uint8Array[],
): Promise<Outcome> => {
	const probe = await site.commissionDevice('hall', 'probe-1');
	const { folder, runs } = await takeCommands(probe, { anna: commander, ben: makeEphemeralKey() });
	const agent = cli.start([
		'device',
		'run',
		'--folder',
		folder,
		'--source',
		'stdin',
		'--probe-after',
		'never',
		'--json',
	]);
	let said = '';
	agent.stdout?.on('data', (bytes: Buffer) => void (said += bytes.toString()));
	agent.stderr?.on('data', (bytes: Buffer) => void (said += bytes.toString()));
	const ended = once(agent, 'exit');
	let before = 0;
	let answer = '';
	for (const message of messages) {
		before = await runs();
		const { id } = await site.ask('command.send', {
			...{ application: 'hall', device: 'probe-1' },
			...{ payload: Buffer.from(message).toString('base64'), encoding: 'base64' },
		});
		for (;;) {
			const found = (await site.ask('command.list', { application: 'hall' })).find((one) => one.id === id);
			if (found !== undefined && found.receipt !== null) {
				const { receipt } = readReceipt(Uint8Array.from(Buffer.from(found.receipt, 'base64')), null);
				answer = receipt.code ?? receipt.outcome;
				break;
			}
			if (signal.aborted || agent.exitCode !== null) throw new Error(`the agent said no more than: ${said}`);
			await sleep(50);
		}
	}
	const ran = (await runs()) > before;
	agent.kill('SIGTERM');
	await ended;
	const saw = `${ran ? 'the program ran' : 'no program ran'}; the receipt says ${answer}`;
	return { succeeded: ran, saw, refusal: ran ? null : answer };
};
