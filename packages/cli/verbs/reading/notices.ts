import type { Opener, OpenPage } from '@keyward/client';
import { seconds } from '@keyward/core';
import { topicOf } from '@keyward/core/device';
import type { StreamName } from '@keyward/core/port';
import type { ReaderFinding } from '@keyward/core/seal';
import { inLine } from '@keyward/core/export';
import { tell } from '../../terminal/output.ts';

/** Says on standard error what a reader noticed. */
const tellFindings = (findings: readonly ReaderFinding[], json: boolean, of = ''): void => {
	for (const finding of findings)
		tell(
			json
				? `${JSON.stringify({ finding, ...(of !== '' && { of }) })}\n`
				: `${inLine(`${of === '' ? '' : `${of}: `}${finding.detail} [${finding.code}]`)}\n`,
		);
};

export const tellPage = ({ name, findings }: OpenPage, json: boolean): void =>
	tellFindings(findings, json, topicOf(name));

/** Says that a name with `+` stands for nothing yet. */
export const tellWaiting = (name: StreamName): void =>
	tell(`${topicOf(name)}: no device has sent to such a stream yet, or no grant of yours covers one. Waiting.\n`);

/** Looks each second for what no row shows, such as silence, until `signal` aborts; each kind is said once a stream while it lasts. */
export const watchOverdue = (opener: Opener, json: boolean, signal: AbortSignal): void => {
	let said = new Set<string>();
	const timer = setInterval(() => {
		void opener
			.overdue()
			.then((all) => {
				const stand = new Set<string>();
				for (const { name, finding } of all) {
					// A roster is of all streams.
					const of = finding.code === 'roster-stale' ? '' : topicOf(name);
					const kind = `${of} ${finding.code}`;
					if (!said.has(kind) && !stand.has(kind)) tellFindings([finding], json, of);
					stand.add(kind);
				}
				said = stand;
			})
			.catch(() => undefined);
	}, seconds(1));
	timer.unref();
	signal.addEventListener('abort', () => clearInterval(timer));
};
