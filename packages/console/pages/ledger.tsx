import { call } from '../base/api.ts';
import { useLoad } from '../base/load.ts';
import { parameter } from '../base/route.ts';
import { Heading, Show } from '../parts/common.tsx';
import { Proof } from '../parts/proof.tsx';
import { texts } from '../texts/index.ts';

const words = texts.ledger;
const REGISTRY = '_registry';

/** The entry that the address names. */
const entryOf = (): { readonly kind: 'action' | 'incident'; readonly number: number } | null => {
	for (const kind of ['action', 'incident'] as const) {
		const number = parameter(kind);
		if (/^[1-9][0-9]{0,14}$/.test(number)) return { kind, number: Number(number) };
	}
	return null;
};

const Ledger = () => {
	const loaded = useLoad('ledgers', (background) => call('ledger.witnessed', {}, background), 60_000);
	const entry = entryOf();
	return (
		<>
			<Heading title={words.title} />
			<p class="faint lead-line">{words.lead}</p>
			{entry !== null && <Proof entry={entry} title={words.entry(entry.kind, entry.number)} />}
			<Show loaded={loaded}>
				{({ ledgers }) =>
					ledgers.map(({ ledger }) => (
						<Proof
							key={ledger}
							{...(ledger !== REGISTRY && { application: ledger })}
							title={ledger === REGISTRY ? words.registry : words.application(ledger)}
						/>
					))
				}
			</Show>
			<p class="faint">{words.limits}</p>
		</>
	);
};

export default Ledger;
