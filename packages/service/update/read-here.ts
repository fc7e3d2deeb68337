import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Problem } from '@keyward/core';
import { readAdvisory, readBillOfMaterials, writeBill } from '@keyward/core/update';
import type { ReadNews, ReadTask } from './read-task.ts';

const readFile = ({ kind, file }: ReadTask): ReadNews => {
	const bytes = readFileSync(file);
	const digest = createHash('sha256').update(bytes).digest('hex');
	let json;
	try {
		// A byte that is no UTF-8 would become another character unseen.
		json = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
	} catch {
		throw new Problem(kind === 'bill' ? 'bill-malformed' : 'advisory-malformed', 'The file is no text in UTF-8.');
	}
	if (kind === 'advisory') return { kind, file: digest, text: JSON.stringify(readAdvisory(json)) };
	const bill = readBillOfMaterials(json);
	const all = bill.subject === null ? bill.components : [bill.subject, ...bill.components];
	const unidentified = all.filter(({ purl }) => purl === null).length;
	return { kind, file: digest, text: writeBill(bill), components: all.length, unidentified };
};

/** Reads the file in this thread. */
export const readHere = (task: ReadTask): ReadNews => {
	try {
		return readFile(task);
	} catch (error) {
		if (error instanceof Problem) return { code: error.code, detail: error.detail };
		throw error;
	}
};
