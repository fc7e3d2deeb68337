import type { Content } from '../content/content.ts';
import { plainIdentity } from '../list/identity.ts';
import { couldNameDevice, deviceRank, keyCalled, keyNamed, titleNamed } from '../list/key-names.ts';
import { couldBeDevice, keyOfDevice } from '../list/named-key.ts';
import { addList, pairsIn } from '../list/paired-lists.ts';
import { gathers, isUniqueTitle, partOf, underThese, type Waiting } from '../list/part-of.ts';
import { printable } from '../text/printable.ts';
import { hexOf, isRandomText, secretOf } from '../list/secret.ts';
import { labelledReader } from './labelled.ts';
import { columnsOf, giveRow, withoutUnset } from '../list/rows.ts';
import { type Frame, type Inner, newFrame, objectOf, type Secret } from './json-frame.ts';
import { readDerObject } from './der-object.ts';
import { beginsAsJson } from './json-head.ts';
import { jsonTokens } from './json-tokens.ts';
import { CONNECTION, holdsSettings, inPair, isJson, isIdentifiers, isMapOfKeys, settingOf } from './json-setting.ts';
import { jwkFields, readJwk } from './jwk.ts';
import type { TextReader } from './text.ts';

/** Texts of one array that may be a row of a list. */
const WIDEST = 256;

/** Names of what lies around a device that are kept. */
const MOST_OUTER = 4;

/** Keys of one device beyond which they are given without waiting for its name. */
const MOST = 1000;

/** `{"pump-1": {"psk": …}, "pump-2": {"psk": …}}`: names with a number, or objects that each say who they are. */
const isMapOfDevices = ({ device }: Frame, inner: readonly Inner[]): boolean => {
	if (inner.length < 2 || inner.some(({ called }) => keyCalled(called) !== null || !couldNameDevice(called)))
		return false;
	// A whole fleet has a name and an id as well.
	const isNamed = device !== null && device.rank !== deviceRank('id') && device.rank !== deviceRank('name');
	if (isNamed) return false;
	if (inner.every(({ called }) => /\d/.test(called))) return true;
	const ids = inner.flatMap((one) => one.device?.text ?? []);
	return device === null && ids.length === inner.length && new Set(ids).size === ids.length;
};

/**
 * JSON of any shape and length: keys by the names of their fields, with the device of the object around them, as in
 * exports of ChirpStack and The Things Stack; JWK and JWKS (RFC 7517). Null when `head` is no JSON.
 */
export const jsonReader = (head: string, content: Content): TextReader | null => {
	if (!beginsAsJson(head)) return null;
	const stack: Frame[] = [];
	let records = 0;
	const parts = new Map<string, string>();
	/** How an object names itself as what lies around a device; null where it does not, or only gathers devices. */
	const outerName = ({ kind, called, device }: Frame, around: Frame | undefined): string | null => {
		const within = around?.kind === 'array' ? around.called : called;
		if (kind === 'array' || gathers(within)) return null;
		return device?.text ?? (/\d/.test(called) && couldBeDevice(called) ? called : null);
	};
	const outers = (): string[] => stack.flatMap((frame, at) => outerName(frame, stack[at - 1]) ?? []);
	const giveIn = (around: readonly string[], { label, secret, device, isUnique, list, role }: Waiting): void => {
		const names = around.filter((name) => name !== device).slice(-MOST_OUTER);
		const named = device === null || isUnique ? device : partOf(parts, device, names, list);
		// `night`, of the one around it.
		const isProfile = device !== null && named !== device && named === names.at(-1);
		const of = device === null ? '' : ` of ${printable(isProfile ? named : device)}`;
		content.psk(`${label}${of}${underThese(isProfile ? [device] : names)}`, secret, named, role);
	};
	/** Gives it, or keeps it until the object around it is named or ends. */
	const giveOrWait = (one: Waiting, around: Frame | null = null): void => {
		const own = around === null || stack.includes(around) ? null : outerName(around, stack.at(-1));
		if (own !== null) return giveIn([...outers(), own], one);
		const at = stack.findLastIndex(({ kind }) => kind === 'object');
		const nearest = stack[at];
		if (nearest === undefined) giveIn([], one);
		else if (outerName(nearest, stack[at - 1]) !== null || nearest.waiting.length >= MOST) giveIn(outers(), one);
		else nearest.waiting.push(one);
	};
	const giveWaiting = (frame: Frame): void => {
		for (const one of frame.waiting.splice(0)) giveOrWait(one, frame);
	};
	const giveOf = (
		device: string | null,
		all: readonly Secret[],
		isUnique = false,
		list = '',
		around: Frame | null = null,
		under = '',
	): void => {
		const secrets = device === null ? all.filter(({ needsDevice }) => needsDevice !== true) : all;
		if (secrets.length === 0) return;
		let from = withoutUnset(secrets)[0]?.from;
		records++;
		for (const one of withoutUnset(secrets)) {
			const { secret, name } = one;
			// Of objects side by side that nothing names, each is an entry.
			if (device === null && one.from !== from) records++;
			({ from } = one);
			giveOrWait(
				{ label: `entry ${records}, ${name.role}${under}`, secret, device, isUnique, list, role: name.role },
				around,
			);
		}
	};
	const give = (frame: Frame): void => {
		settle(frame);
		const written = frame.device?.text ?? null;
		const own = written !== null && frame.isEncoded ? plainIdentity(written) : written;
		const around = stack.at(-1);
		const object = frame.isEncoded && own !== null ? null : objectOf(frame, stack);
		const device = object === null ? own : object.device;
		giveOf(
			device,
			frame.secrets,
			frame.device?.isUnique,
			around?.kind === 'array' ? around.called : frame.called,
			null,
			object?.under,
		);
		frame.secrets = [];
	};
	/** Objects with keys side by side are devices, each by its own name, or parts of the one around them. */
	const settle = (frame: Frame): void => {
		const inner = frame.inner.splice(0);
		if (frame.isMap || isMapOfDevices(frame, inner)) {
			frame.isMap = true;
			const ids = new Set(inner.map(({ device }) => device?.text));
			for (const { called, device, secrets } of inner) {
				const isOwn = device !== null && ids.size === inner.length && !/^\d{1,9}$/.test(device.text);
				giveOf(isOwn ? device.text : called.slice(0, 256), secrets, isOwn && device.isUnique, frame.called, frame);
			}
			return;
		}
		for (const { called, device, secrets } of inner) {
			if (device !== null && (frame.device === null || device.rank < frame.device.rank)) frame.device = device;
			const isPart = inner.length < 2 || keyCalled(called) !== null || !couldNameDevice(called);
			frame.secrets.push(...secrets.map((one) => (isPart ? one : { ...one, from: `${called}/${one.from}` })));
		}
	};
	const mapped = (frame: Frame, text: string): void => {
		records++;
		const secret = hexOf(text);
		const device = frame.name.slice(0, 256);
		if (secret !== null)
			giveOrWait({ label: `entry ${records}, psk`, secret, device, isUnique: false, list: frame.called, role: 'psk' });
	};
	/** Settings and code that stand in JSON: ConfigMaps, notebooks, the environment of a container. */
	const readText = (text: string): void => {
		if (!holdsSettings(text)) return;
		const inner = content.within('text in JSON');
		const reader = (isJson(text) ? jsonReader(text, inner) : null) ?? labelledReader(inner);
		reader.write(text);
		reader.end();
	};
	const take = (frame: Frame, text: string): void => {
		// DynamoDB: { "psk": { "S": "…" } }
		const outside = /^(?:S|B|stringValue)$/.test(frame.name) ? stack.at(-2) : undefined;
		if (outside?.kind === 'object' && stack.at(-1) === frame) return take(outside, text);
		if (frame.jwk.size < 32 && jwkFields.has(frame.name)) frame.jwk.set(frame.name, text);
		if (frame.name === 'kind' && text === 'Secret') frame.isEncoded = true;
		if (frame.name === 'apiVersion' || frame.name === 'kind') frame.isObject = true;
		if (frame.name === 'family' || (frame.name === 'name' && frame.called === 'metadata')) frame.object.name = text;
		if (frame.name === 'namespace') frame.object.namespace = text;
		inPair(frame.pair, frame.name, text);
		const rank = deviceRank(frame.name);
		if (rank !== null && text !== '' && (frame.device === null || rank < frame.device.rank))
			frame.device = { text, rank, isUnique: isUniqueTitle(frame.name) };
		// MongoDB's Extended JSON: { "psk": { "$binary": { "base64": "…" } } }; a map of devices: { "psks": { "pump-1": "…" } }
		const outer = frame.name === 'base64' && frame.called === '$binary' ? (stack.at(-2)?.called ?? '') : null;
		if (isMapOfKeys(frame) && /^[0-9a-f]{32,128}$/i.test(text)) return mapped(frame, text);
		const named = keyOfDevice(outer ?? frame.name);
		const secretNamed = named === null ? null : secretOf(text, { ...named.key, form: 'digits' });
		if (named !== null && secretNamed?.length !== undefined && secretNamed.length >= 16)
			return giveOf(named.device, [{ secret: secretNamed, name: named.key, from: '' }]);
		const own = titleNamed(outer ?? frame.name);
		// { "app_key": { "key": "…" } }
		const name = own?.vague === true ? (keyNamed(frame.called) ?? own) : own;
		if (name === null) return;
		if (frame.name === 'key' && text.length === 16 && isRandomText(text)) {
			const bytes = new Uint8Array(Buffer.from(text));
			frame.secrets.push({ secret: bytes, name, from: '', needsDevice: true });
			return;
		}
		const secret = secretOf(text, name);
		if (secret === undefined && name.form === 'lorawan') content.problem(`a field ${printable(frame.name)} is no key`);
		if (secret !== null && secret !== undefined) frame.secrets.push({ secret, name, from: '' });
		if (frame.secrets.length >= MOST) give(frame);
	};
	/** The environment of a container is of what holds it. */
	const takePair = (frame: Frame): void => {
		const setting = settingOf(frame.pair);
		if (setting === null) return;
		const secret = { secret: setting.secret, name: setting.key, from: '' };
		frame.device = setting.device === null ? null : { text: setting.device, rank: 0, isUnique: false };
		const outer = setting.device === null && stack.at(-1)?.kind === 'array' ? stack.at(-2) : undefined;
		frame.secrets = outer?.kind === 'object' ? [] : [secret];
		if (outer?.kind === 'object' && outer.secrets.push(secret) >= MOST) give(outer);
	};
	/** An array of arrays of texts is a list whose first row has the titles. */
	const rowIn = (parent: Frame, texts: readonly string[]): void => {
		parent.rows++;
		if (parent.rows === 1) parent.columns = columnsOf(texts);
		else if (parent.columns !== null && parent.columns.keys.length > 0 && texts.length === parent.columns.width)
			giveRow(parent.columns, texts, parent.rows, content);
	};
	const tokens = jsonTokens({
		open(kind) {
			stack.push(newFrame(kind, stack.at(-1)));
		},
		close() {
			const frame = stack.pop();
			if (frame === undefined) return;
			takePair(frame);
			if (frame.jwk.has('kty') && readJwk(frame.jwk, content)) frame.secrets = [];
			settle(frame);
			giveWaiting(frame);
			const parent = stack.at(-1);
			if (frame.kind === 'array') readText(frame.texts.join('\n'));
			if (frame.kind === 'array' && parent?.kind === 'array') rowIn(parent, frame.texts);
			else if (frame.kind === 'array') addList(parent?.lists ?? [], { name: frame.called, items: frame.texts });
			for (const { device, secret, role } of pairsIn(frame.lists))
				giveOrWait({ label: `entry ${++records}, ${role}`, secret, device, isUnique: false, list: 'devices', role });
			if (parent === undefined || parent.kind === 'array') return give(frame);
			if (frame.called === 'metadata' && parent.isObject) parent.object = frame.object;
			if (
				frame.device !== null &&
				isIdentifiers(frame.called) &&
				(parent.device === null || frame.device.rank < parent.device.rank)
			)
				parent.device = frame.device;
			if (frame.secrets.length === 0) return;
			parent.inner.push({ called: frame.called, device: frame.device, secrets: frame.secrets });
			if (parent.inner.length + parent.secrets.length >= MOST) give(parent);
		},
		name(text) {
			const frame = stack.at(-1);
			if (frame !== undefined) frame.name = text;
		},
		string(text) {
			const frame = stack.at(-1);
			if (frame === undefined || text === null) return;
			if (frame.kind === 'array' && frame.texts.length < WIDEST) frame.texts.push(text);
			if (frame.kind === 'object') {
				if (text.includes('\n') || CONNECTION.test(text)) readText(text);
				take(frame, text);
			} else if (frame.called === 'x5c') {
				const der = Buffer.from(text, 'base64');
				// Base64 of DER is found in any text.
				if (!content.isRepeat(der)) readDerObject(der, content, 'x5c of a JWK', false);
			}
		},
		malformed: (what) => content.problem('malformed JSON', what),
	});
	return {
		write: tokens.write,
		end(): void {
			tokens.end();
			// What was cut short.
			for (let frame = stack.pop(); frame !== undefined; frame = stack.pop()) giveWaiting(frame);
		},
	};
};
