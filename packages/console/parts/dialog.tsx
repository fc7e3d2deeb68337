import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Refused } from '../base/api.ts';
import { lookAgain } from '../base/load.ts';
import { texts } from '../texts/index.ts';
import { Problem } from './common.tsx';

/** Asks before something is done. What was typed stays when it fails, and (`useKept`) when the page goes dark. */
export const Dialog = ({
	title,
	help,
	action,
	danger = false,
	stays = false,
	act,
	close,
	children,
}: {
	title: string;
	help: string;
	action: string;
	danger?: boolean;
	/** It is closed by hand. */
	stays?: boolean;
	act: () => Promise<void>;
	close: () => void;
	children?: ComponentChildren;
}) => {
	const frame = useRef<HTMLDialogElement>(null);
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<unknown>(null);
	const [isLooking, setLooking] = useState(false);
	const isClosed = useRef(false);
	useEffect(() => {
		frame.current?.showModal();
		return () => void (isClosed.current = true);
	}, []);
	const submit = async (): Promise<void> => {
		setBusy(true);
		setError(null);
		try {
			await act();
			if (!stays) close();
		} catch (caught) {
			setError(caught);
			if (!(caught instanceof TypeError)) return;
			// The site may have done it: no second try before the page shows how things are.
			setLooking(true);
			await lookAgain(() => isClosed.current);
			setLooking(false);
		} finally {
			setBusy(false);
		}
	};
	return (
		<dialog ref={frame} aria-labelledby="dialog-title" onClose={close}>
			<form
				method="dialog"
				onSubmit={(event) => {
					event.preventDefault();
					void submit();
				}}
			>
				<h2 id="dialog-title">{title}</h2>
				<p>{help}</p>
				{children}
				{error !== null && <Problem error={error} />}
				{isLooking && <p role="status">{texts.errors.looking}</p>}
				{error instanceof Refused && error.code === 'approval-needed' && <p>{texts.approvals.repeat}</p>}
				<p class="actions">
					<button type="submit" class={danger ? 'danger' : ''} disabled={busy}>
						{action}
					</button>
					<button type="button" class="quiet" onClick={close}>
						{texts.device.cancel}
					</button>
				</p>
			</form>
		</dialog>
	);
};

export const Field = ({ label, children }: { label: string; children: ComponentChildren }) => (
	<label class="field">
		<span>{label}</span>
		{children}
	</label>
);
