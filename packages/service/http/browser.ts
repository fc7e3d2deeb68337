import type { IncomingHttpHeaders } from 'node:http';

/** Each says what comes after it as well. */
const families = [
	...(['Edg', 'OPR', 'Firefox', 'Chrome'] as const).map((name) => [new RegExp(`\\b${name}(?:iOS)?/`), name] as const),
	[/\b(?:FxiOS|CriOS)\//, 'iOS browser'],
	[/\bSafari\//, 'Safari'],
] as const;
const systems = [
	...[[/Android/, 'Android'] as const, [/iPhone|iPad/, 'iOS'] as const, [/Windows/, 'Windows'] as const],
	...[[/Mac OS X/, 'macOS'] as const, [/CrOS/, 'ChromeOS'] as const, [/Linux/, 'Linux'] as const],
] as const;

/** The family of the browser and its system, which no update changes, such as `Firefox on Linux`; it is the caller's word. */
export const browserOf = ({ 'user-agent': said = '' }: IncomingHttpHeaders): string => {
	const of = (known: readonly (readonly [RegExp, string])[]): string | undefined =>
		known.find(([pattern]) => pattern.test(said))?.[1];
	const family = of(families) ?? /^[\w.-]{1,32}/.exec(said)?.[0] ?? 'unknown';
	const system = of(systems);
	return system === undefined ? family : `${family} on ${system}`;
};
