import { useState } from 'preact/hooks';
import { explain, Moment, Problem, Tag } from './common.tsx';
import { QrCode } from './qr-code.tsx';
import { copy } from '../base/clipboard.ts';
import { texts } from '../texts/index.ts';

const words = texts.commission;

/** What became of one device of the batch. */
export interface Made {
	readonly device: string;
	/** Null once it is spent, or where the site refused. */
	readonly commissioning: string | null;
	readonly expires: number;
	readonly error: unknown;
	/** Where it stands, as the site says. */
	readonly state: string;
}

/** The device made its key with it: nobody else can use it any more. */
export const isIn = ({ state }: Pick<Made, 'state'>): boolean =>
	state === 'commissioned' || state === 'active' || state === 're-keyed';

export const Label = ({ made }: { made: Made }) => {
	const { device, commissioning, expires, error } = made;
	const [copied, setCopied] = useState(false);
	const [refused, setRefused] = useState<unknown>(null);
	const put = async (text: string): Promise<void> => {
		setRefused(null);
		try {
			await copy(text);
			setCopied(true);
		} catch (caught) {
			setCopied(false);
			setRefused(caught);
		}
	};
	return (
		<li class={`card label ${isIn(made) ? 'spent' : ''}`} data-device={device}>
			<div class="weakness-head">
				<h3>{device}</h3>
				{error !== null ? (
					<Tag tone="bad">{words.failed}</Tag>
				) : (
					<Tag tone={isIn(made) ? 'good' : 'plain'}>{isIn(made) ? words.inNow : words.waiting}</Tag>
				)}
			</div>
			{error !== null && <p class="low-text">{explain(error)}</p>}
			{commissioning !== null && !isIn(made) && (
				<>
					<QrCode text={commissioning} label={words.qr(device)} />
					<p class="faint">
						{words.until} <Moment at={expires} />
					</p>
					<details class="unprinted">
						<summary>{words.string}</summary>
						<pre>{commissioning}</pre>
						<button type="button" class="quiet small" onClick={() => void put(commissioning)}>
							{copied ? words.copied : words.copy}
						</button>
						{refused !== null && <Problem error={refused} />}
					</details>
				</>
			)}
			{isIn(made) && <p class="faint">{words.hide}</p>}
		</li>
	);
};
