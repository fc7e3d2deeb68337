import { couldNameDevice, keyCalled } from '../list/key-names.ts';

/** A secret of a block of settings. */
export interface Secret {
	readonly label: string;
	readonly secret: Uint8Array;
	readonly role: string;
	readonly section: Named | null;
	/** The line that it stands in. */
	readonly text: string;
	/** The sections around it, to be said where it names no device. */
	readonly under: string;
	/** What lies around it that may be a device, from the outermost. */
	readonly outers: readonly string[];
	/** What it is an item of. */
	readonly list: string;
}

/** A section that a device's name heads, and what it lies in. */
interface Named {
	readonly name: string;
	readonly within: string;
}

const MOST_HELD = 64;

/** Sections by names of devices, `pump-1:` and `[devices.pump-2]`: names with a number, where two and more stand side by side. */
export const namedSections = (give: (one: Secret, device: string | null) => void) => {
	const open: { readonly indent: number; readonly name: string }[] = [];
	/** The secrets of the only section so far, by what it lies in; null once there were two. */
	const held = new Map<string, { readonly name: string; readonly secrets: Secret[] } | null>();
	const release = (): void => {
		for (const one of held.values()) for (const secret of one?.secrets ?? []) give(secret, null);
		held.clear();
	};
	return {
		/** Told of every line that is not empty: its indent, and the name of the section that it begins. */
		line(indent: number, begins: string | null, isBracketed: boolean): void {
			if (isBracketed) open.length = 0;
			while (!isBracketed && (open.at(-1)?.indent ?? -1) >= indent) open.pop();
			if (begins === null || open.length >= MOST_HELD) return;
			const at = isBracketed && !/^[\d.]+$/.test(begins) ? begins.lastIndexOf('.') : -1;
			if (at !== -1) open.push({ indent: -1, name: begins.slice(0, at) });
			open.push({ indent: isBracketed ? -1 : indent, name: begins.slice(at + 1) });
		},
		here(): Named | null {
			const at = open.findLastIndex(({ name }) => /\d/.test(name) && keyCalled(name) === null && couldNameDevice(name));
			const name = open[at]?.name;
			return name === undefined ? null : { name, within: JSON.stringify(open.slice(0, at)) };
		},
		add(secret: Secret): void {
			const { section } = secret;
			if (section === null) return give(secret, null);
			const { name, within } = section;
			const first = held.get(within);
			if (first === null) return give(secret, name);
			if (first === undefined) {
				if (held.size >= MOST_HELD) release();
				held.set(within, { name, secrets: [secret] });
			} else if (first.name === name && first.secrets.length < MOST_HELD) first.secrets.push(secret);
			else if (first.name === name) give(secret, null);
			else {
				held.set(within, null);
				for (const one of first.secrets) give(one, first.name);
				give(secret, name);
			}
		},
		end: release,
	};
};
