import { Problem } from '@keyward/core';
import { inspectSqliteStore, type StoreLook } from '@keyward/store';
import { type Check, finding, held, type Patient } from './check.ts';

/** The store opens, is whole, and is of this version; a running site is asked instead. Also gives what was seen, for the clock. */
export const checkStore = ({
	data,
	running,
}: Patient): { readonly checks: Check[]; readonly look: StoreLook | null } => {
	if (running !== null) {
		const checks = running.ready
			? [held('store', `in use by the running site (process ${running.pid}), which is ready`)]
			: running.reasons.map((reason) => finding('running site', reason, 'mend that; the site goes on by itself'));
		return { checks, look: null };
	}
	try {
		const look = inspectSqliteStore(data);
		return { checks: look === null ? [held('store', 'empty; keyward serve makes it')] : judge(look), look };
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		const mend =
			error.code === 'store-in-use'
				? 'a site runs there and does not answer: look at its log, or end it'
				: 'restore the data folder from a backup';
		return { checks: [finding('store', error.detail, mend)], look: null };
	}
};

const judge = ({ schema, newestSchema, damage, size }: StoreLook): Check[] => {
	const mebibytes = `${Math.ceil(size / 1024 / 1024)} MiB`;
	if (schema > newestSchema)
		return [finding('store', `its tables (version ${schema}) were made by a newer Keyward`, 'run that one')];
	if (damage !== null && damage.length > 0)
		return [
			finding('store', `damaged: ${damage.join('; ')}`, 'keep the folder as it is, and restore a backup elsewhere'),
		];
	const older =
		schema < newestSchema ? `; the next start brings its tables from version ${schema} to ${newestSchema}` : '';
	return [held('store', `${damage === null ? 'opens' : 'whole'}, ${mebibytes}, version ${schema}${older}`)];
};
