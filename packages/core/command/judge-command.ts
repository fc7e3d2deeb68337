import { verifySign1 } from '../format/cose/sign1.ts';
import type { ErrorCode } from '../problem/code.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { Roster } from '../seal/roster.ts';
import type { Instant } from '../units/instant.ts';
import { days, type Milliseconds, minutes } from '../units/milliseconds.ts';
import type { ReceivedCommand } from './command.ts';

/** What the owner says of commands. */
export type CommandRoster = Pick<Roster, 'application' | 'commanders' | 'signers' | 'commands' | 'expires'>;

/** What the device knows when a command comes. */
export interface CommandTerms {
	readonly application: string;
	readonly device: string;
	/** Null where the device has none: nobody may command it. */
	readonly roster: CommandRoster | null;
	/** Whether the device's allow-list knows the name. */
	readonly known: boolean;
	/** The last sequence of this commander that was obeyed; -1 before the first. */
	readonly last: number;
	/** When the device began to take commands, by its clock. */
	readonly begun: Instant;
}

/** The longest that a command may be good: what was meant long ago is not meant any more. */
const longestCommand: Milliseconds = days(31);
/** How far ahead of the device's clock a commander's may be. */
const SKEW: Milliseconds = minutes(5);

/**
 * Whether the device obeys (signed-commands; IEC 62443-4-2 CR 2.12, CR 3.1 RE(1)). Null: it does. The order is that of the
 * questions: for me? from whom? still meant? meant once? may it be done at all?
 */
export const judgeCommand = (
	{ content, signatures }: ReceivedCommand,
	{ application, device, roster, known, last, begun }: CommandTerms,
	now: Instant,
): Refusal | null => {
	// A service that carries a command to another device would have it done where nobody meant it.
	if (content.application !== application || content.device !== device)
		return refusal('command-other-device', `it is for ${content.application}/${content.device}`);
	// A service cannot add a commander: the owner's roster alone names them.
	if (roster === null || roster.application !== application)
		return refusal('command-signature', 'this device has no roster that says who may command it');
	if (now >= roster.expires) return refusal('roster-stale', 'the roster has expired: nobody commands by it any more');
	const signers = [...roster.commanders].flatMap(([id, { key, expires }]) =>
		now < expires && signatures.some((one) => verifySign1(one, key)) ? [id] : [],
	);
	if (!signers.includes(content.commander))
		return refusal('command-signature', `it is not signed by ${content.commander}, or that is nobody who may command`);
	// CR 3.1: held back, a command would be obeyed when it is not meant any more.
	if (now >= content.expires || content.expires - content.issued > longestCommand)
		return refusal('command-expired', `it was good until ${new Date(content.expires).toISOString()}, 31 days at most`);
	if (content.issued > now + SKEW)
		return refusal('command-expired', `it is dated ${new Date(content.issued).toISOString()}: set the clocks`);
	// What the device of this name obeyed that was here before, or this one before it was commissioned again, is not known any more.
	// Where its clock was ahead then, only what is fresh now counts.
	if (content.issued < Math.min(begun, now) - SKEW)
		return refusal('command-replayed', 'it was signed before this device took commands: sign it again');
	// CR 3.8: obeyed twice, an order to open a valve by one step opens it by two.
	if (content.sequence <= last)
		return refusal('command-replayed', `number ${content.sequence} of ${content.commander} came after ${last}`);
	if (!known) return refusal('command-unknown', `the allow-list has no ${content.name}`);
	// CR 2.1 RE(3): one thief of one key, or one person in anger, does nothing that cannot be undone. The owner says what that is: a
	// list on the device, which a thief of the device or its installer writes, would say that nothing is.
	const dangerous = roster.commands.get(content.name) !== 'harmless';
	const asked = dangerous ? roster.signers.dangerous : roster.signers.command;
	if (signers.length < asked)
		return refusal('command-signers', `${content.name} needs ${asked} signers, and ${signers.length} signed`);
	return null;
};

const refusal = (code: ErrorCode, reason: string): Refusal => ({ code, requirement: 'signed-commands', reason });
