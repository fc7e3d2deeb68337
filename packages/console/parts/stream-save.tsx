import { csvHeader, csvRow, jsonLine } from '@keyward/core/export';
import type { StreamId, StreamRow } from '../base/rows.ts';
import { save } from '../base/save.ts';
import { isTainted } from '../base/spans.ts';
import { texts } from '../texts/index.ts';

const words = texts.stream;

/** What the chart shows, as `keyward read --to` writes it; of readings that this page may not know, when they came. */
const exportOf = (id: StreamId, rows: readonly StreamRow[], as: 'csv' | 'json'): string[] => {
	const known = rows.filter((row) => row.value !== null);
	if (known.length > 0) {
		const readings = known.map(({ cursor, time, value, unit, doubt: all }) => {
			const doubt = all.filter((one) => one !== 'stale');
			return {
				...{ ...id, cursor, time, value: value ?? '', unit },
				...(doubt.length > 0 && { doubt }),
			};
		});
		return as === 'csv' ? [csvHeader, ...readings.map(csvRow)] : readings.map(jsonLine);
	}
	const { application, device, stream } = id;
	if (as === 'json')
		return rows.map(
			(row) =>
				`${JSON.stringify({ ...id, cursor: row.cursor, time: row.time, is: row.state, ...(isTainted(row) && { tainted: true }) })}\n`,
		);
	return [
		'time,application,device,stream,is,tainted,cursor\r\n',
		...rows.map(
			(row) =>
				`${[new Date(row.time).toISOString(), application, device, stream, row.state, isTainted(row) ? 'tainted' : '', row.cursor].join(',')}\r\n`,
		),
	];
};

export const SaveRows = ({ id, rows }: { id: StreamId; rows: readonly StreamRow[] }) => {
	const name = `${id.application}-${id.device}-${id.stream}`;
	return (
		<div class="actions" role="group" aria-label={words.exported}>
			<button
				type="button"
				class="quiet small"
				onClick={() => save(`${name}.csv`, 'text/csv', exportOf(id, rows, 'csv'))}
			>
				{words.csv}
			</button>
			<button
				type="button"
				class="quiet small"
				onClick={() => save(`${name}.jsonl`, 'application/jsonl', exportOf(id, rows, 'json'))}
			>
				{words.json}
			</button>
		</div>
	);
};
