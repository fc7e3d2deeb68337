import { useCallback, useMemo } from 'preact/hooks';
import { type Answer, call } from '../base/api.ts';
import { useLoad } from '../base/load.ts';
import { deviceAddress, go, parameter, withQuery } from '../base/route.ts';
import { may } from '../base/session.ts';
import { ago, figure } from '../base/words.ts';
import { A, Empty, Heading, Show, stateTone, Tag } from '../parts/common.tsx';
import { Field } from '../parts/dialog.tsx';
import { VirtualTable } from '../parts/virtual.tsx';
import { texts } from '../texts/index.ts';

const words = texts.fleet;
type Device = Answer<'device.list'>[number];

/** A fleet of this many is asked for again by itself; a larger one when the page is opened. */
const SMALL = 5000;

const keyOf = ({ evidence }: Device): string => (evidence === null ? '–' : `${evidence.custody}, ${evidence.proof}`);

const columns = {
	id: (one: Device) => one.id,
	application: (one: Device) => one.application,
	state: (one: Device) => one.state,
	class: (one: Device) => one.class ?? '',
	key: keyOf,
	until: (one: Device) => one.certificateUntil ?? 0,
	at: (one: Device) => one.at,
} as const;

type Column = keyof typeof columns;
const isColumn = (name: string): name is Column => name in columns;

const matching = (devices: readonly Device[]): Device[] => {
	const [app, state, on, key] = ['app', 'state', 'on', 'key'].map(parameter);
	const text = parameter('q').toLowerCase();
	return devices.filter(
		(one) =>
			(app === '' || one.application === app) &&
			(state === '' || one.state === state) &&
			(on === '' || one.connected === (on === 'yes')) &&
			(key === '' || one.evidence?.custody === key) &&
			(text === '' ||
				one.id.toLowerCase().includes(text) ||
				(one.class ?? '').toLowerCase().includes(text) ||
				(one.part ?? '').toLowerCase().includes(text)),
	);
};

/** probe-2 before probe-10: names by their numbers. */
const rankOf = (devices: readonly Device[]): ((one: Device) => string) => {
	const ranks = new Map(
		devices.map(({ id }) => [id, id.replaceAll(/\d+/g, (digits) => digits.padStart(12, '0'))] as const),
	);
	return ({ id }) => ranks.get(id) ?? id;
};

const sorted = (devices: readonly Device[], by: Column, down: boolean): Device[] => {
	const of = columns[by];
	const before = down ? 1 : -1;
	const rank = rankOf(devices);
	const value = by === 'id' ? rank : of;
	return devices.toSorted((a, b) => {
		const [one, other] = [value(a), value(b)];
		return one === other ? (rank(a) < rank(b) ? -1 : 1) : one < other ? before : -before;
	});
};

const Choice = ({
	name,
	label,
	options,
}: {
	name: string;
	label: string;
	options: readonly (readonly [string, string])[];
}) => (
	<Field label={label}>
		<select value={parameter(name)} onChange={(event) => go(withQuery({ [name]: event.currentTarget.value }), true)}>
			<option value="">{words.all}</option>
			{options.map(([value, text]) => (
				<option key={value} value={value}>
					{text}
				</option>
			))}
		</select>
	</Field>
);

const distinct = (values: readonly string[]): (readonly [string, string])[] =>
	[...new Set(values)].toSorted().map((one) => [one, one] as const);

const Head = ({ by, down }: { by: Column; down: boolean }) => (
	<>
		{Object.entries(words.columns).map(([name, text]) => (
			<div
				key={name}
				role="columnheader"
				class={`cell ${name}`}
				aria-sort={name === by ? (down ? 'descending' : 'ascending') : 'none'}
			>
				<button
					type="button"
					class="sort"
					title={words.sortBy(text)}
					onClick={() => go(withQuery({ sort: name, down: name === by && !down ? '1' : null }), true)}
				>
					{text}
					<span aria-hidden="true">{name === by ? (down ? ' ↓' : ' ↑') : ''}</span>
				</button>
			</div>
		))}
	</>
);

const Row = ({ device, index }: { device: Device; index: number }) => (
	<div role="row" class="row" aria-rowindex={index + 2}>
		<div role="cell" class="cell id">
			<i class={device.connected ? 'dot on' : 'dot'} aria-hidden="true" />
			<A to={deviceAddress(device.application, device.id)}>{device.id}</A>
			<span class="visually-hidden">{device.connected ? words.online : words.offline}</span>
		</div>
		<div role="cell" class="cell application">
			{device.application}
		</div>
		<div role="cell" class="cell state">
			<Tag tone={stateTone(device.state)}>{device.state}</Tag>
		</div>
		<div role="cell" class="cell class">
			{device.class ?? '–'}
		</div>
		<div role="cell" class="cell key">
			{keyOf(device)}
			{device.evidence?.emulated === true && <Tag tone="short">{words.emulated}</Tag>}
		</div>
		<div role="cell" class="cell until">
			{device.certificateUntil === null
				? words.never
				: device.certificateUntil < Date.now()
					? words.ended
					: ago(device.certificateUntil)}
		</div>
		<div role="cell" class="cell at">
			{ago(device.at)}
		</div>
	</div>
);

const Table = ({ devices }: { devices: readonly Device[] }) => {
	const [asked, down] = [parameter('sort'), parameter('down') === '1'];
	const by = isColumn(asked) ? asked : 'id';
	const filters = ['q', 'app', 'state', 'on', 'key'].map(parameter).join('\n');
	const shown = useMemo(() => sorted(matching(devices), by, down), [devices, filters, by, down]);
	const row = useCallback(
		(index: number) => {
			const device = shown[index];
			return device && <Row device={device} index={index} />;
		},
		[shown],
	);
	const options = useMemo(
		() => ({
			applications: distinct(devices.map(({ application }) => application)),
			states: distinct(devices.map(({ state }) => state)),
			custodies: distinct(devices.flatMap(({ evidence }) => (evidence === null ? [] : [evidence.custody]))),
		}),
		[devices],
	);
	return (
		<>
			<form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
				<Field label={words.search}>
					<input
						type="search"
						placeholder={words.searchHint}
						value={parameter('q')}
						onInput={(event) => go(withQuery({ q: event.currentTarget.value }), true)}
					/>
				</Field>
				<Choice name="app" label={words.application} options={options.applications} />
				<Choice name="state" label={words.state} options={options.states} />
				<Choice
					name="on"
					label={words.connection}
					options={[
						['yes', words.online],
						['no', words.offline],
					]}
				/>
				<Choice name="key" label={words.key} options={options.custodies} />
				<p class="faint" role="status">
					{words.of(figure(shown.length), figure(devices.length))}
				</p>
			</form>
			{shown.length === 0 ? (
				<Empty title={words.noMatch}>
					<button type="button" class="quiet" onClick={() => go('/fleet', true)}>
						{words.clear}
					</button>
				</Empty>
			) : (
				<VirtualTable label={words.title} count={shown.length} head={<Head by={by} down={down} />} row={row} />
			)}
		</>
	);
};

export const Fleet = () => {
	const loaded = useLoad(
		'fleet',
		(background) => call('device.list', {}, background),
		(value) => (value.length > SMALL ? null : 5000),
	);
	return (
		<>
			<Heading title={words.title} />
			<Show loaded={loaded}>
				{(devices) =>
					devices.length === 0 ? (
						<Empty title={words.none}>
							<p>{words.noneHelp}</p>
							{may('device.expect') && (
								<p>
									<A to="/commission">{texts.shell.pages.commission}</A>
								</p>
							)}
							<pre>
								{'keyward device expect NAME --application APPLICATION --out NAME.commissioning\n'}
								{'keyward device commission --folder NAME --from NAME.commissioning'}
							</pre>
						</Empty>
					) : (
						<Table devices={devices} />
					)
				}
			</Show>
		</>
	);
};
