import { useEffect, useRef, useState } from 'preact/hooks';
import { chosenFiles, droppedFiles, type GivenFile } from '../base/dropped.ts';
import { startKeycheck } from '../base/keycheck-worker.ts';
import { save } from '../base/save.ts';
import { figure } from '../base/words.ts';
import { Empty, explain, Heading, Problem, Tag, type Tone } from '../parts/common.tsx';
import { Table } from '../parts/table.tsx';
import { texts } from '../texts/index.ts';
import type { Checked, FromWorker, ToWorker } from '../worker/keycheck-messages.ts';

const words = texts.keycheck;
type Finding = Checked['findings'][number];

/** Members that are shown of one finding. */
const MOST_SHOWN = 20;

const tones: Readonly<Record<Finding['severity'], Tone>> = {
	...{ critical: 'bad', high: 'bad', medium: 'short', low: 'plain' },
};

const Found = ({ finding }: { finding: Finding }) => (
	<li class="card">
		<div class="weakness-head">
			<Tag tone={tones[finding.severity]}>{words.severity[finding.severity]}</Tag>
			<h2 class="mono">{finding.check}</h2>
			{finding.members.length > 1 && <b>{words.together(finding.members.length)}</b>}
		</div>
		<p>{finding.detail}</p>
		<Table label={finding.detail} head={[words.where, '', words.fingerprint]}>
			{finding.members.slice(0, MOST_SHOWN).map((one) => (
				<tr key={`${one.file} ${one.label} ${one.fingerprint}`}>
					<td>{one.file}</td>
					<td>{one.label}</td>
					<td class="mono">{one.fingerprint}</td>
				</tr>
			))}
		</Table>
		{finding.members.length > MOST_SHOWN && <p class="faint">{words.more(finding.members.length - MOST_SHOWN)}</p>}
		<dl class="facts spaced">
			<div>
				<dt>{words.attack}</dt>
				<dd>{finding.attack}</dd>
			</div>
			<div>
				<dt>{words.mend}</dt>
				<dd>{finding.mend}</dd>
			</div>
		</dl>
	</li>
);

/** Before any file is given: afterwards nothing is fetched any more. */
const publishedKeys = async (): Promise<ArrayBuffer> => {
	const answer = await fetch(new URL('published-keys.bin', import.meta.url));
	if (!answer.ok) throw new Error(`published-keys.bin: ${answer.status}`);
	return answer.arrayBuffer();
};

/** What a page without the programs of an operator cannot open. */
const reasonOf = (reason: string): string => {
	if (/more than 0 deep/.test(reason)) return `${reason.split(' inside')[0] ?? ''} ${words.packed}`;
	return reason.startsWith('encrypted') ? words.locked : reason;
};

const Report = ({ checked, again }: { checked: Checked; again: () => void }) => {
	const { files, certificates, keys, psks } = checked.counts;
	return (
		<>
			<div class="heading">
				<h2 aria-live="polite" id="checked">
					{checked.findings.length === 0 ? words.none : words.found(checked.findings.length)}
				</h2>
				<p class="actions">
					<button
						type="button"
						class="quiet"
						onClick={() => save('keycheck.json', 'application/json', [JSON.stringify(checked, null, 2)])}
					>
						{words.save}
					</button>
					<button type="button" class="quiet" onClick={again}>
						{words.again}
					</button>
				</p>
			</div>
			<p class="faint">{words.counts(figure(files), figure(certificates), figure(keys), figure(psks))}</p>
			{checked.findings.length === 0 ? (
				<Empty title={words.none}>
					<p>{words.noneHelp}</p>
				</Empty>
			) : (
				<ul class="list spaced">
					{checked.findings.map((finding, index) => (
						<Found key={index} finding={finding} />
					))}
				</ul>
			)}
			{checked.problems.length > 0 && (
				<section class="card spaced">
					<h2>{words.problems}</h2>
					<ul class="feed">
						{checked.problems.map((one) => (
							<li key={`${one.file} ${one.reason}`}>
								<b>{one.file}</b> {reasonOf(one.reason)}
								{words.times(one.count)}
							</li>
						))}
					</ul>
				</section>
			)}
		</>
	);
};

const Keycheck = () => {
	const worker = useRef<Worker | null>(null);
	const [files, setFiles] = useState<readonly GivenFile[]>([]);
	const [said, setSaid] = useState<FromWorker | null>(null);
	const [over, setOver] = useState(false);
	useEffect(() => {
		const started = startKeycheck();
		worker.current = started;
		started.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => setSaid(data));
		void publishedKeys()
			.then((published) => started.postMessage({ kind: 'published', published } satisfies ToWorker, [published]))
			.catch((error: unknown) => setSaid({ kind: 'failed', reason: explain(error) }));
		started.addEventListener('error', ({ message }) => setSaid({ kind: 'failed', reason: message }));
		return () => started.terminate();
	}, []);
	const give = (more: readonly GivenFile[]): void => {
		if (more.length === 0) return;
		// All together: a key may be in one file of the first drop and in one of the second.
		const names = new Set(more.map(({ name }) => name));
		const all = [...files.filter(({ name }) => !names.has(name)), ...more];
		setFiles(all);
		worker.current?.postMessage({ kind: 'check', files: all } satisfies ToWorker);
	};
	const waits = said?.kind === 'ready' && files.length > 0;
	const status =
		said === null
			? words.loading
			: said.kind === 'reading'
				? words.reading(said.file, said.done, said.of)
				: waits
					? words.comparing
					: words.ready;
	return (
		<>
			<Heading title={words.title} />
			<p class="faint lead-line">{words.lead}</p>
			<div
				class={`drop ${over ? 'over' : ''}`}
				onDragOver={(event) => {
					event.preventDefault();
					setOver(true);
				}}
				onDragLeave={() => setOver(false)}
				onDrop={(event) => {
					event.preventDefault();
					setOver(false);
					if (event.dataTransfer !== null) void droppedFiles(event.dataTransfer).then(give);
				}}
			>
				<p>{words.drop}</p>
				<div class="actions">
					<label class="button">
						{words.files}
						<input
							id="files"
							class="visually-hidden"
							type="file"
							multiple
							onChange={(event) => give(chosenFiles(event.currentTarget.files))}
						/>
					</label>
					<label class="button quiet">
						{words.folder}
						<input
							class="visually-hidden"
							type="file"
							{...{ webkitdirectory: true }}
							onChange={(event) => give(chosenFiles(event.currentTarget.files))}
						/>
					</label>
				</div>
				<p class="faint">{words.stays}</p>
				<p class="faint" role="status">
					{status}
				</p>
			</div>
			{said?.kind === 'failed' && <Problem error={new Error(said.reason)} />}
			{said?.kind === 'checked' && (
				<Report
					checked={said}
					again={() => {
						setFiles([]);
						setSaid({ kind: 'ready' });
					}}
				/>
			)}
		</>
	);
};

export default Keycheck;
