import { Problem } from '@keyward/core';
import { isName } from '@keyward/core/device';
import { isUnit, unitHint } from '@keyward/core/spelling';

/** What `keyward device run` is told of its source. */
export interface SourceOptions {
	readonly source: string;
	readonly file?: string;
	readonly stream?: string;
	readonly map?: readonly string[];
	readonly scale?: readonly string[];
	readonly offset?: readonly string[];
	readonly convert?: readonly string[];
	readonly unit?: readonly string[];
	readonly where?: readonly string[];
	readonly timeColumn?: readonly string[];
	readonly timeFormat?: string;
	readonly zone?: string;
	readonly decimal?: string;
	readonly follow?: boolean;
	readonly times?: string;
	readonly speed?: string;
	readonly every?: string;
	readonly repeat?: boolean;
	readonly sensitivity?: string;
	readonly device?: string;
	readonly baud?: string;
	readonly framing?: string;
	readonly lines?: string;
	readonly lineEnding?: string;
	readonly sysfs?: string;
	readonly host?: string;
	readonly port?: string;
	readonly unitId?: string;
	readonly timeout?: string;
	readonly url?: string;
	readonly timeFrom?: string;
	readonly secretFile?: string;
	readonly ca?: string;
	readonly module?: string;
	readonly set?: readonly string[];
	readonly noValue?: readonly string[];
}

export const misuse = (detail: string): Problem => new Problem('request-malformed', detail);

/** `--map STREAM=WHAT`, each once. */
export const streamPairs = (option: string, texts: readonly string[] = []): Map<string, string> => {
	const pairs = new Map<string, string>();
	for (const text of texts) {
		const [stream, value] = splitPair(option, text);
		checkName(stream);
		if (pairs.has(stream)) throw misuse(`${option} names ${stream} twice`);
		pairs.set(stream, value);
	}
	return pairs;
};

export const splitPair = (option: string, text: string): [string, string] => {
	const at = text.indexOf('=');
	if (at < 1) throw misuse(`${option} takes NAME=VALUE, not ${JSON.stringify(text)}`);
	return [text.slice(0, at), text.slice(at + 1)];
};

export const checkName = (stream: string): void => {
	if (!isName(stream))
		throw misuse(`${JSON.stringify(stream)} is no stream name: small letters, digits, dots and hyphens`);
};

/** Units by stream. */
export const unitsOf = (texts: readonly string[] | undefined): Record<string, string> => {
	const units = streamPairs('--unit', texts);
	for (const unit of units.values()) {
		if (!isUnit(unit)) throw misuse(`${JSON.stringify(unit)} is no SenML unit symbol${unitHint(unit)}`);
	}
	return Object.fromEntries(units);
};

/** `--no-value STREAM=CODE` as the sensor gives it, several for a stream: a number where it is one, else a text. */
export const noValueCodes = (texts: readonly string[] = []): Map<string, (number | string)[]> => {
	const codes = new Map<string, (number | string)[]>();
	for (const text of texts) {
		const [stream, code] = splitPair('--no-value', text);
		checkName(stream);
		const figure = code.trim() === '' ? Number.NaN : Number(code);
		codes.set(stream, [...(codes.get(stream) ?? []), Number.isFinite(figure) ? figure : code]);
	}
	return codes;
};

/** The streams of `--map`, each made of what it is mapped to, with its `--unit`. */
export const mappedStreams = <From>(
	options: SourceOptions,
	placeholder: string,
	read: (text: string) => From,
): Record<string, From & { readonly unit?: string }> => {
	const mapped = streamPairs('--map', options.map);
	if (mapped.size === 0) throw misuse(`--source ${options.source} needs --map STREAM=${placeholder} for each stream`);
	const units = unitsOf(options.unit);
	const named = [
		...(options.scale ?? []),
		...(options.offset ?? []),
		...(options.convert ?? []),
		...(options.noValue ?? []),
	];
	const [stranger] = [...named.map((text) => splitPair('', text)[0]), ...Object.keys(units)].filter(
		(stream) => !mapped.has(stream),
	);
	if (stranger !== undefined) throw misuse(`no --map names the stream ${stranger}`);
	return Object.fromEntries(
		[...mapped].map(([stream, text]) => {
			const unit = units[stream];
			return [stream, { ...read(text), ...(unit === undefined ? {} : { unit }) }];
		}),
	);
};
