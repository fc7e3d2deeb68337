import type { Custody } from '../device/custody.ts';
import { isPort, isService } from '../device/device-report.ts';
import type { Members, StrictDocument, Value } from './document.ts';
import type { Instant } from '../units/instant.ts';
import type { DeviceClass, StreamTerms } from './policy.ts';
import { readTopicMaps } from './read-topic-map.ts';
import { list, NAME, name, oneOf, span } from './written.ts';
import { writtenInstant } from '../units/written-instant.ts';

const CUSTODIES: readonly Custody[] = ['software', 'tpm2', 'pkcs11'];

/** The beginning of a day in UTC, of 1970 or later. */
const day = (scalar: unknown): Instant | null => {
	if (typeof scalar !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(scalar)) return null;
	const at = writtenInstant(scalar);
	return at !== null && at >= 0 ? at : null;
};

/** Scalars that say what a device does beside its streams. */
const words =
	(accept: (text: string) => boolean) =>
	(scalar: unknown): string | null =>
		typeof scalar === 'string' && accept(scalar) ? scalar : null;

const ON_TAMPER = ['alarm', 'quarantine'] as const;

const pin = (scalar: unknown): string | null =>
	typeof scalar === 'string' && /^[0-9a-f]{64}$/.test(scalar) ? scalar : null;

/** One class of device; null, and findings, when it is not as it should be. `declared` are the policy's streams. */
export const readDevice = (
	document: StrictDocument,
	key: string,
	value: Value,
	declared: Members | null,
	/** The application's name and the terms of its streams, as far as they are well written. */
	{
		application,
		streams: terms,
	}: { readonly application: string | null; readonly streams: ReadonlyMap<string, StreamTerms> },
): DeviceClass | null => {
	const keys = [
		'custody',
		'streams',
		'sleeps',
		'support-until',
		'publishes',
		'other-cas',
		'ports',
		'services',
		'on-tamper',
	];
	const members = document.members(value, keys, ['custody', 'streams']);
	const [custody, streams, sleeps] = [members?.get('custody'), members?.get('streams'), members?.get('sleeps')];
	const [untilAt, casAt] = [members?.get('support-until'), members?.get('other-cas')];
	const [ports, services, onTamper] = [members?.get('ports'), members?.get('services'), members?.get('on-tamper')];
	const found = {
		custody: custody && list(document, custody, `one of ${CUSTODIES.join(', ')}`, oneOf(CUSTODIES), 1),
		streams: streams && list(document, streams, NAME, name, 1),
		sleeps: sleeps && span(document, sleeps),
		otherCas: casAt && list(document, casAt, 'the SHA-256 of a CA certificate, 64 hex digits', pin, 1),
		supportUntil: untilAt && document.scalar(untilAt, 'a day, such as 2031-12-31', day),
		ports: ports && list(document, ports, 'a port, such as tcp/22', words(isPort), 0),
		services: services && list(document, services, 'the name of a service, such as ssh', words(isService), 0),
		onTamper: onTamper && document.scalar(onTamper, `one of ${ON_TAMPER.join(', ')}`, oneOf(ON_TAMPER)),
	};
	for (const [index, stream] of (declared && streams && found.streams ? found.streams : []).entries()) {
		if (declared?.has(stream) || !streams) continue;
		const offset = document.items(streams)?.[index]?.offset ?? streams.offset;
		const hint = document.hint(stream, declared?.keys() ?? []);
		document.report(
			'policy-unknown-reference',
			offset,
			`${streams.path} names ${stream}, which streams does not declare${hint}`,
		);
	}
	const mapsAt = members?.get('publishes');
	const publishes =
		mapsAt && readTopicMaps(document, mapsAt, { application, streams: found.streams ?? [], declared: terms });
	if (publishes === null) return null;
	if (!found.custody || !found.streams || Object.values(found).includes(null)) return null;
	return Object.freeze({
		name: key,
		custody: found.custody,
		streams: found.streams,
		...(typeof found.sleeps === 'number' && { sleeps: found.sleeps }),
		...(publishes !== undefined && { publishes }),
		...(typeof found.supportUntil === 'number' && { supportUntil: found.supportUntil }),
		...(found.otherCas && { otherCas: found.otherCas }),
		...(found.ports && { ports: found.ports }),
		...(found.services && { services: found.services }),
		...(found.onTamper && { onTamper: found.onTamper }),
	});
};
