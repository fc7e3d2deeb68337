import { bsonDocument } from './bson.ts';
import { cborItem } from './cbor.ts';
import { messagePackValue } from './message-pack.ts';
import { propertyList } from './property-list.ts';
import { NotOne, Octets, type Value } from './value.ts';

/** A way to write maps as bytes. */
interface Form {
	readonly name: string;
	/** Could the bytes begin so? A name follows soon. */
	readonly begins: (head: Buffer) => boolean;
	readonly read: (octets: Octets) => Value;
}

/** A map, or an array of maps, whose first name is ASCII. */
const NAME = '[\\w.@:-]{2,31}';
const CBOR = new RegExp(
	`^(?:\\xd9\\xd9\\xf7)?(?:[\\x81-\\x97\\x9f]|\\x98.|\\x99..|\\x9a....)?(?:[\\xa1-\\xb7\\xbf]|\\xb8.|\\xb9..|\\xba....)(?:[\\x60-\\x77]|\\x78.)${NAME}`,
	's',
);
const MESSAGE_PACK = new RegExp(
	`^(?:[\\x91-\\x9f]|\\xdc..|\\xdd....)?(?:[\\x81-\\x8f]|\\xde..|\\xdf....)(?:[\\xa2-\\xbf]|\\xd9.)${NAME}`,
	's',
);
const BSON = new RegExp(`^..[\\0-\\x0f]\\0[\\x01-\\x13]${NAME}\\0`, 's');

const latin = (head: Buffer): string => head.toString('latin1', 0, 64);

const forms: readonly Form[] = [
	{ name: 'property list', begins: (head) => latin(head).startsWith('bplist00'), read: propertyList },
	{ name: 'CBOR', begins: (head) => CBOR.test(latin(head)), read: cborItem },
	{ name: 'MessagePack', begins: (head) => MESSAGE_PACK.test(latin(head)), read: messagePackValue },
	{ name: 'BSON', begins: (head) => BSON.test(latin(head)), read: bsonDocument },
];

/** Could a stream that begins so be maps in a binary form? */
export const couldBeMaps = (head: Buffer): boolean => forms.some(({ begins }) => begins(head));

/** The maps that all of these bytes are, one behind the other, and how they are written; null for other bytes. */
export const mapsIn = (bytes: Buffer): { readonly name: string; readonly values: readonly Value[] } | null => {
	for (const { name, begins, read } of forms) {
		if (!begins(bytes)) continue;
		const octets = new Octets(bytes);
		const values: Value[] = [];
		try {
			while (octets.left > 0) {
				const value = read(octets);
				// Nearly any text is numbers and strings in one of these forms.
				if (typeof value !== 'object' || value === null) throw new NotOne();
				values.push(value);
			}
			return { name, values };
		} catch (error) {
			if (!(error instanceof NotOne)) throw error;
		}
	}
	return null;
};
