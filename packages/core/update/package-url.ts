import { Problem } from '../problem/problem.ts';

/** A package URL (ECMA-427), in its canonical parts: what two tools write differently for one package is equal here. */
export interface PackageUrl {
	readonly type: string;
	/** Segments joined by `/`; empty for none. */
	readonly namespace: string;
	readonly name: string;
	readonly version: string | null;
	readonly qualifiers: ReadonlyMap<string, string>;
	readonly subpath: string;
}

const LONGEST = 4096;

/** Types whose registries know no letter case, by what of them is folded. */
const foldsName = new Set([
	...['alpm', 'apk', 'bitbucket', 'composer', 'deb', 'github', 'gitlab', 'golang', 'hex', 'npm', 'pypi', 'pub'],
]);
const foldsNamespace = new Set([
	...['alpm', 'apk', 'bitbucket', 'composer', 'deb', 'github', 'gitlab', 'golang', 'hex', 'npm', 'rpm'],
]);

const refuse = (text: string, why: string): Problem =>
	new Problem('package-url', `${JSON.stringify(text.slice(0, 120))} is no package URL: ${why}`);

const decode = (whole: string, text: string): string => {
	try {
		return decodeURIComponent(text);
	} catch {
		throw refuse(whole, 'a % begins no character of UTF-8');
	}
};

/** Without that character at its ends; in time in proportion to the text. */
export const trim = (text: string, one: string): string => {
	let [start, end] = [0, text.length];
	while (start < end && text[start] === one) start++;
	while (end > start && text[end - 1] === one) end--;
	return text.slice(start, end);
};

/** Splits at the last of the separators; the second is null where there is none. */
const splitLast = (text: string, separator: string): readonly [string, string | null] => {
	const at = text.lastIndexOf(separator);
	return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
};

const segments = (whole: string, text: string): string =>
	text
		.split('/')
		.filter((segment) => segment !== '')
		.map((segment) => {
			const decoded = decode(whole, segment);
			if (decoded.includes('/')) throw refuse(whole, 'a segment hides a /');
			return decoded;
		})
		.join('/');

const readQualifiers = (whole: string, text: string): ReadonlyMap<string, string> => {
	const found: [string, string][] = [];
	for (const pair of text.split('&').filter((one) => one !== '')) {
		const at = pair.indexOf('=');
		const key = (at === -1 ? pair : pair.slice(0, at)).toLowerCase();
		if (!/^[a-z][a-z0-9._-]*$/.test(key)) throw refuse(whole, `${JSON.stringify(key)} is no name of a qualifier`);
		if (found.some(([known]) => known === key)) throw refuse(whole, `it has ${key} twice`);
		const value = at === -1 ? '' : decode(whole, pair.slice(at + 1));
		if (value !== '') found.push([key, value]);
	}
	return new Map(found.toSorted(([a], [b]) => (a < b ? -1 : 1)));
};

/** PEP 503: `Foo.Bar` and `foo_bar` are one project. */
const foldedName = (type: string, name: string): string => {
	const folded = foldsName.has(type) ? name.toLowerCase() : name;
	return type === 'pypi' ? folded.replaceAll(/[-_.]+/g, '-') : folded;
};

/** Reads a package URL as ECMA-427 §5.6 and the rules of its type say. Throws `Problem('package-url')`. */
export const parsePackageUrl = (text: string): PackageUrl => {
	if (text.length > LONGEST) throw refuse(text, `it has more than ${LONGEST} characters`);
	// What does not show would make two packages look like one.
	if (/[\p{Cc}\p{Cs}\s]/u.test(text)) throw refuse(text, 'it has spaces or control characters');
	const [beforeSubpath, subpath] = splitLast(text, '#');
	const [beforeQualifiers, qualifiers] = splitLast(beforeSubpath, '?');
	if (!/^pkg:/i.test(beforeQualifiers)) throw refuse(text, 'it does not begin with pkg:');
	const rest = trim(beforeQualifiers.slice('pkg:'.length), '/');
	const slash = rest.indexOf('/');
	const type = rest.slice(0, Math.max(slash, 0)).toLowerCase();
	if (!/^[a-z][a-z0-9.+-]*$/.test(type)) throw refuse(text, 'it has no type, such as pkg:deb/…');
	const path = rest.slice(slash + 1);
	// A scope such as @babel that is not encoded begins a segment; a version never does.
	const at = path.lastIndexOf('@');
	const hasVersion = at > 0 && path[at - 1] !== '/' && at > path.lastIndexOf('/');
	const [namespace, name] = splitLast(hasVersion ? path.slice(0, at) : path, '/');
	const [space, plain] = name === null ? ['', namespace] : [segments(text, namespace), name];
	const decoded = decode(text, plain);
	if (decoded === '') throw refuse(text, 'it names no package');
	const version = hasVersion ? decode(text, path.slice(at + 1)) : '';
	return {
		type,
		namespace: foldsNamespace.has(type) ? space.toLowerCase() : space,
		name: foldedName(type, decoded),
		version: version === '' ? null : version,
		qualifiers: readQualifiers(text, qualifiers ?? ''),
		subpath: segments(text, subpath ?? '')
			.split('/')
			.filter((segment) => segment !== '.' && segment !== '..')
			.join('/'),
	};
};

const encode = (text: string): string =>
	encodeURIComponent(text)
		.replaceAll('%3A', ':')
		.replaceAll(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

/** The canonical form. */
export const printPackageUrl = ({ type, namespace, name, version, qualifiers, subpath }: PackageUrl): string => {
	const path = [...(namespace === '' ? [] : namespace.split('/')), name].map(encode).join('/');
	const pairs = Array.from(qualifiers, ([key, value]) => `${key}=${encode(value).replaceAll('%2F', '/')}`).join('&');
	const tail = `${pairs === '' ? '' : `?${pairs}`}${subpath === '' ? '' : `#${subpath.split('/').map(encode).join('/')}`}`;
	return `pkg:${type}/${path}${version === null ? '' : `@${encode(version)}`}${tail}`;
};

/** One package, of whatever version and build: what statements about it are looked up by. */
export const packageKey = ({ type, namespace, name }: Pick<PackageUrl, 'type' | 'namespace' | 'name'>): string =>
	`${type}/${namespace}/${name}`;
