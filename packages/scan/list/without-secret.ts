import { isRandomText } from './secret.ts';
import { printable } from '../text/printable.ts';

const NOT_SHOWN = '(not shown)';
/** Shorter text stands in a label by chance. */
const LEAST = 8;
/** Fewer octets are no key, so that a name that has as many may be one. */
const KEY = 16;

const MARK = /[\s:._=-]/;
const plain = (text: string): string => text.replaceAll(/[\s:._=-]/g, '').toLowerCase();
const isKeyLike = (name: string): boolean =>
	/^(?:0x)?(?:[0-9a-f]{2}){16,}$/i.test(name) ||
	(/^[A-Za-z0-9+/]{22,}={1,2}$/.test(name) && name.length % 4 === 0) ||
	(name.length >= 22 && isRandomText(name));

export interface Labelled {
	readonly label: string;
	/** The name looks more like a key than the key does: a list whose titles are swapped. */
	readonly swapped: boolean;
}

/**
 * The label of a key in which neither the key is shown, where a name or a section repeats it, nor a name that may be a key itself: in
 * a list whose titles are swapped the name is the key.
 */
export const withoutSecret = (label: string, secret: Uint8Array, device: string | null): Labelled => {
	const bytes = Buffer.from(secret.buffer, secret.byteOffset, secret.length);
	const hex = bytes.toString('hex');
	const base64 = bytes.toString('base64').replace(/=$/, '').replace(/=$/, '');
	const forms = [hex, hex.toUpperCase(), base64, base64.replaceAll('+', '-').replaceAll('/', '_'), bytes.toString()];
	const swapped = device !== null && secret.length < KEY && isKeyLike(device);
	let shown = label;
	if (device !== null) {
		const name = plain(device);
		const repeats = forms.some((form) => {
			// Most names are shorter than their keys.
			if (form.length > name.length && !MARK.test(form)) return false;
			const text = plain(form);
			return name === text || (text.length >= LEAST && name.includes(text));
		});
		const end = ` of ${printable(device)}`;
		if (swapped || repeats)
			shown = label.endsWith(end) ? label.slice(0, -end.length) : label.replaceAll(printable(device), NOT_SHOWN);
	}
	for (const form of forms) if (form.length >= LEAST && shown.includes(form)) shown = shown.replaceAll(form, NOT_SHOWN);
	return { label: shown, swapped };
};
