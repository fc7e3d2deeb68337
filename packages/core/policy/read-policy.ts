import type { Custody } from '../device/custody.ts';
import { isName } from '../device/name.ts';
import { Problem } from '../problem/problem.ts';
import type { Milliseconds } from '../units/milliseconds.ts';
import { isRequirementId, requirement } from './catalogue/index.ts';
import { type Members, PolicyDocument, type Value } from './document.ts';
import type { PolicyFinding } from './finding.ts';
import { type Level, levels } from './level.ts';
import { type Objective, objectives } from './objective.ts';
import { expandParameters, type ParameterValue, type Tighten } from './parameters.ts';
import type { DeviceClass, Policy, StreamTerms } from './policy.ts';
import { type RequirementId, requirementIds } from './requirement.ts';
import { parseSpan } from './span.ts';
import { isUnit, units } from './unit.ts';

const CUSTODIES: readonly Custody[] = ['software', 'tpm2', 'pkcs11'];
const NAME = 'a name of up to 64 small letters, digits, dots and dashes (in quotes where it could be a number)';

const oneOf =
	<T>(allowed: readonly T[]) =>
	(scalar: unknown): T | null =>
		allowed.find((one) => one === scalar) ?? null;

const name = (scalar: unknown): string | null => (typeof scalar === 'string' && isName(scalar) ? scalar : null);

const span = (document: PolicyDocument, value: Value): Milliseconds | null =>
	document.scalar(value, 'a span of time with a unit, such as 10s', (scalar) =>
		typeof scalar === 'string' ? parseSpan(scalar) : null,
	);

/** A list of scalars, none of them twice. Null when one is not as it should be. */
const list = <T extends string>(
	document: PolicyDocument,
	value: Value,
	expects: string,
	accept: (scalar: unknown) => T | null,
	least: 0 | 1,
): T[] | null => {
	const items = document.items(value);
	if (items === null) return null;
	if (items.length < least) {
		document.report('policy-bad-value', value.offset, `${value.path} must name at least one`);
		return null;
	}
	const found: T[] = [];
	for (const item of items) {
		const one = document.scalar(item, expects, accept);
		if (one === null) continue;
		if (found.includes(one)) document.report('policy-bad-value', item.offset, `${value.path} names ${one} twice`);
		else found.push(one);
	}
	return found.length === items.length ? found : null;
};

const readLevel = (document: PolicyDocument, value: Value): Record<Objective, Level> | null => {
	const members = document.members(value, objectives, objectives);
	const found: Partial<Record<Objective, Level>> = {};
	for (const objective of objectives) {
		const member = members?.get(objective);
		const level = member && document.scalar(member, 'a level from 0 to 4', oneOf(levels));
		if (level !== undefined && level !== null) found[objective] = level;
	}
	return objectives.every((objective) => found[objective] !== undefined) ? (found as Record<Objective, Level>) : null;
};

/** The members of a mapping of names that the team chose, at least one. */
const named = (document: PolicyDocument, value: Value): Members | null => {
	const members = document.members(value, null);
	if (members?.size === 0) document.report('policy-bad-value', value.offset, `${value.path} must name at least one`);
	for (const [key, { keyOffset }] of members ?? []) {
		if (!isName(key)) document.report('policy-bad-value', keyOffset, `${JSON.stringify(key.slice(0, 80))} in ${value.path} must be ${NAME}`);
	}
	return members;
};

const readRange = (document: PolicyDocument, value: Value): readonly [number, number] | null => {
	const items = document.items(value);
	if (items === null) return null;
	const ends = items.map((item) =>
		document.scalar(item, 'a finite number', (scalar) => (Number.isFinite(scalar) ? (scalar as number) : null)),
	);
	const [low, high, ...more] = ends;
	if (ends.includes(null)) return null;
	if (low === undefined || high === undefined || low === null || high === null || more.length > 0 || low >= high) {
		document.report('policy-bad-value', value.offset, `${value.path} must be [lowest, highest], the lowest first`);
		return null;
	}
	return [low, high];
};

const readUnit = (document: PolicyDocument, value: Value): string | null => {
	const unit = document.scalar(value, 'the symbol of a unit, such as Cel', (scalar) => (typeof scalar === 'string' ? scalar : null));
	if (unit === null || isUnit(unit)) return unit;
	const hint = document.hint(unit, units) || '; RFC 8428 and RFC 8798 list the units';
	document.report('policy-unknown-unit', value.offset, `${JSON.stringify(unit.slice(0, 80))} is no unit of SenML${hint}`);
	return null;
};

const readStream = (document: PolicyDocument, key: string, value: Value): StreamTerms | null => {
	const members = document.members(
		value,
		['unit', 'every', 'readers', 'essential', 'range'],
		['unit', 'every', 'readers'],
	);
	const [unit, every, readers, essential, range] = [
		members?.get('unit'),
		members?.get('every'),
		members?.get('readers'),
		members?.get('essential'),
		members?.get('range'),
	];
	const terms = {
		unit: unit && readUnit(document, unit),
		every: every && span(document, every),
		readers: readers && list(document, readers, NAME, name, 0),
		essential: essential ? document.scalar(essential, 'true or false', oneOf([true, false])) : false,
		range: range && readRange(document, range),
	};
	if (!terms.unit || !terms.every || !terms.readers || terms.essential === null || terms.range === null) return null;
	return Object.freeze({
		name: key,
		unit: terms.unit,
		every: terms.every,
		readers: terms.readers,
		essential: terms.essential,
		...(terms.range && { range: terms.range }),
	});
};

const readDevice = (document: PolicyDocument, key: string, value: Value, declared: Members | null): DeviceClass | null => {
	const members = document.members(value, ['custody', 'streams', 'sleeps'], ['custody', 'streams']);
	const [custody, streams, sleeps] = [members?.get('custody'), members?.get('streams'), members?.get('sleeps')];
	const found = {
		custody: custody && list(document, custody, `one of ${CUSTODIES.join(', ')}`, oneOf(CUSTODIES), 1),
		streams: streams && list(document, streams, NAME, name, 1),
		sleeps: sleeps && span(document, sleeps),
	};
	for (const [index, stream] of (declared && streams && found.streams ? found.streams : []).entries()) {
		if (declared?.has(stream) || !streams) continue;
		const offset = document.items(streams)?.[index]?.offset ?? streams.offset;
		const hint = document.hint(stream, declared?.keys() ?? []);
		document.report('policy-unknown-reference', offset, `${streams.path} names ${stream}, which streams does not declare${hint}`);
	}
	if (!found.custody || !found.streams || found.sleeps === null) return null;
	return Object.freeze({
		name: key,
		custody: found.custody,
		streams: found.streams,
		...(found.sleeps !== undefined && { sleeps: found.sleeps }),
	});
};

const readTighten = (document: PolicyDocument, value: Value, level: Record<Objective, Level> | null): Tighten => {
	const found: Partial<Record<RequirementId, ParameterValue>> = {};
	for (const [id, member] of document.members(value, null) ?? []) {
		if (!isRequirementId(id)) {
			const hint = document.hint(id, requirementIds) || '; `keyward policy explain FILE` lists them';
			document.report('policy-unknown-reference', member.keyOffset, `${JSON.stringify(id.slice(0, 80))} is no requirement${hint}`);
			continue;
		}
		const { scale } = requirement(id);
		const tightened = document.scalar(member, scale.expects, (scalar) => {
			const value = scale.parse(scalar);
			if (level !== null) expandParameters(level, { [id]: value });
			return value;
		});
		if (tightened !== null) found[id] = tightened;
	}
	return found;
};

/** Reads a policy, strictly; all that is wrong with it, in the order of the text, when anything is. Throws nothing. */
export const readPolicy = (text: string): { readonly policy: Policy } | { readonly findings: readonly PolicyFinding[] } => {
	const document = new PolicyDocument(text);
	if (document.root === null) return { findings: document.findings };
	const required = ['application', 'level', 'mode', 'streams', 'devices'];
	const members = document.members(document.root, [...required, 'tighten'], required);
	const get = (key: string): Value | undefined => members?.get(key);

	const [applicationAt, levelAt, modeAt] = [get('application'), get('level'), get('mode')];
	const application = applicationAt && document.scalar(applicationAt, NAME, name);
	const level = (levelAt && readLevel(document, levelAt)) ?? null;
	const mode = modeAt && document.scalar(modeAt, 'enforce or report', oneOf(['enforce', 'report'] as const));

	const [streamsAt, devicesAt, tightenAt] = [get('streams'), get('devices'), get('tighten')];
	const streams = new Map<string, StreamTerms>();
	const declared = streamsAt ? named(document, streamsAt) : null;
	for (const [key, value] of declared ?? []) {
		const terms = readStream(document, key, value);
		if (terms) streams.set(key, terms);
	}
	const devices = new Map<string, DeviceClass>();
	for (const [key, value] of (devicesAt && named(document, devicesAt)) ?? []) {
		const found = readDevice(document, key, value, declared);
		if (found) devices.set(key, found);
	}
	const tighten = tightenAt ? readTighten(document, tightenAt, level) : {};

	const findings = document.findings;
	if (findings.length > 0 || !application || !level || !mode) return { findings };
	return { policy: Object.freeze({ application, level, mode, streams, devices, parameters: expandParameters(level, tighten) }) };
};

/** Reads a policy; throws the first thing wrong with it as a `Problem`, with its line and column. */
export const parsePolicy = (text: string): Policy => {
	const read = readPolicy(text);
	if ('policy' in read) return read.policy;
	const [first] = read.findings;
	if (first === undefined) throw new Error('a policy was refused without a finding');
	throw new Problem(first.code, `line ${first.line}, column ${first.column}: ${first.message}`);
};
