import { Problem } from '../problem/problem.ts';
import { isRequirementId, requirement } from './catalogue/index.ts';
import { policyDocument, quote, StrictDocument, type Value } from './document.ts';
import type { DocumentFinding } from './finding.ts';
import { type Level, levels } from './level.ts';
import { type Objective, objectives } from './objective.ts';
import type { ParameterValue, Tighten } from './parameter-value.ts';
import { expandParameters, mustBeStricter } from './parameters.ts';
import type { DeviceClass, Policy, StreamTerms } from './policy.ts';
import { readPrograms } from './program.ts';
import { readDevice } from './read-device.ts';
import { type Doubts, readStream } from './read-stream.ts';
import { type RequirementId, requirementIds } from '../requirement/requirement.ts';
import { NAME, name, named, oneOf } from './written.ts';

/** The levels that are written as they should be. */
const readLevel = (document: StrictDocument, value: Value): Partial<Record<Objective, Level>> => {
	const members = document.members(value, objectives, objectives);
	const found: Partial<Record<Objective, Level>> = {};
	for (const objective of objectives) {
		const member = members?.get(objective);
		const level = member && document.scalar(member, 'a level from 0 to 4', oneOf(levels));
		if (level !== undefined && level !== null) found[objective] = level;
	}
	return found;
};

const complete = (level: Partial<Record<Objective, Level>>): level is Record<Objective, Level> =>
	objectives.every((objective) => level[objective] !== undefined);

const readTighten = (document: StrictDocument, value: Value, level: Partial<Record<Objective, Level>>): Tighten => {
	const found: Partial<Record<RequirementId, ParameterValue>> = {};
	for (const [id, member] of document.members(value, null) ?? []) {
		if (!isRequirementId(id)) {
			const hint = document.hint(id, requirementIds) || '; docs/requirements.md lists them';
			document.report('policy-unknown-reference', member.keyOffset, `${quote(id)} is no requirement${hint}`);
			continue;
		}
		const { objective, scale } = requirement(id);
		const tightened = document.scalar(member, scale.expects, (scalar) => {
			const stricter = scale.parse(scalar);
			const least = level[objective];
			if (least !== undefined) mustBeStricter(id, least, stricter);
			return stricter;
		});
		if (tightened !== null) found[id] = tightened;
	}
	return found;
};

/** `audit` was called `report` until 0.1: taken for one release more. */
const readMode = (text: unknown): Policy['mode'] | null =>
	text === 'report' ? 'audit' : oneOf(['enforce', 'audit'] as const)(text);

/** Reads a policy, strictly; or gives all that is wrong with it, in the order of the text. */
export const readPolicy = (
	text: string,
	doubts: Doubts = 'refused',
): { readonly policy: Policy } | { readonly findings: readonly DocumentFinding[] } => {
	const document = new StrictDocument(text, policyDocument);
	if (document.root === null) return { findings: document.findings };
	const required = ['application', 'level', 'mode', 'streams', 'devices'];
	const members = document.members(document.root, [...required, 'commands', 'programs', 'tighten'], required);
	const get = (key: string): Value | undefined => members?.get(key);

	const [applicationAt, levelAt, modeAt] = [get('application'), get('level'), get('mode')];
	const application = applicationAt && document.scalar(applicationAt, NAME, name);
	const level = levelAt ? readLevel(document, levelAt) : {};
	const mode = modeAt && document.scalar(modeAt, 'enforce or audit', readMode);

	const [streamsAt, devicesAt, tightenAt] = [get('streams'), get('devices'), get('tighten')];
	const streams = new Map<string, StreamTerms>();
	const declared = streamsAt ? named(document, streamsAt) : null;
	for (const [key, value] of declared ?? []) {
		const terms = readStream(document, key, value, doubts);
		if (terms) streams.set(key, terms);
	}
	const devices = new Map<string, DeviceClass>();
	for (const [key, value] of (devicesAt && named(document, devicesAt)) ?? []) {
		const found = readDevice(document, key, value, declared, { application: application ?? null, streams });
		if (found) devices.set(key, found);
	}
	const commandsAt = get('commands');
	const commands = new Map<string, 'dangerous' | 'harmless'>();
	for (const [key, value] of (commandsAt && named(document, commandsAt)) ?? []) {
		const danger = document.scalar(value, 'dangerous or harmless', oneOf(['dangerous', 'harmless'] as const));
		if (danger !== null) commands.set(key, danger);
	}
	const programsAt = get('programs');
	const programs = programsAt && readPrograms(document, programsAt);
	const tighten = tightenAt ? readTighten(document, tightenAt, level) : {};

	const findings = document.findings;
	if (findings.length > 0 || !application || !complete(level) || !mode) return { findings };
	return {
		policy: Object.freeze({
			...{ application, level, mode, streams, devices, commands },
			...(programs && { programs }),
			parameters: expandParameters(level, tighten),
		}),
	};
};

/** Reads a policy; throws the first thing wrong with it as a `Problem`, with its line and column. */
export const parsePolicy = (text: string, doubts: Doubts = 'refused'): Policy => {
	const read = readPolicy(text, doubts);
	if ('policy' in read) return read.policy;
	const [first] = read.findings;
	if (first === undefined) throw new Error('a policy was refused without a finding');
	throw new Problem(first.code, `line ${first.line}, column ${first.column}: ${first.message}`);
};
