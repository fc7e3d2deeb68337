import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, type Milliseconds, minutes, Problem } from '@keyward/core';
import { openIdentity } from '../identity/identity.ts';
import { exerciseOf } from './assignment.ts';
import { callSite } from '../enrolment/call-site.ts';
import type { ExerciseAsked, ExercisePart } from '../enrolment/exercise-part.ts';

export const ASKED_EVERY: Milliseconds = minutes(20);
/** A fleet that starts at once asks one after another within it. */
const SPREAD: Milliseconds = minutes(1);

export interface FollowAskedOptions {
	readonly folder: string;
	readonly every: Milliseconds;
	readonly exercise: ExercisePart;
	/** The first of its code until it went well again. */
	readonly onFailure: (problem: Problem) => void;
}

/** Throws `Problem('request-malformed')`. */
const readAsked = (text: string): ExerciseAsked => {
	try {
		return exerciseOf(JSON.parse(text) as Readonly<Record<string, unknown>>);
	} catch (cause) {
		throw new Problem('request-malformed', 'What the site asks of the keys of this device cannot be read.', { cause });
	}
};

/**
 * Requirement `containment-time`: a device that takes no updates learns too that its site asks for a new key or a stricter link. Asks again
 * and again until stopped, and does it; what goes wrong is told, and never ends the device.
 */
export const followAsked = async (options: FollowAskedOptions, signal: AbortSignal): Promise<void> => {
	const { folder, every, exercise, onFailure } = options;
	const ask = async (): Promise<ExerciseAsked> => {
		const input = await exercise.said();
		return readAsked(await callSite(await openIdentity(folder), { operation: 'key.asked', input }));
	};
	let told: ErrorCode | null = null;
	await sleep(Math.random() * Math.min(every, SPREAD), undefined, { signal }).catch(() => {});
	while (!signal.aborted) {
		let went = true;
		try {
			const asked = await ask();
			if (asked.rekey || asked.link !== null) {
				try {
					await exercise.obey(asked);
				} finally {
					// Its site counts those that were asked and did not change, and asks the next of a wave.
					await ask();
				}
			}
			told = null;
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			// A site of an earlier version asks those alone that take updates.
			went = error.code === 'no-such-thing';
			if (!went && error.code !== 'site-unreachable' && error.code !== told && !signal.aborted) onFailure(error);
			told = error.code;
		}
		await sleep(went ? every : Math.min(every, SPREAD), undefined, { signal }).catch(() => {});
	}
};
