import { useEffect, useRef, useState } from 'preact/hooks';
import { texts } from '../texts/index.ts';
import { Problem } from './common.tsx';

const words = texts.commission;
const PACE = 200;

/** What browsers have where they have it (Shape Detection API); no list of types names it yet. */
interface Detector {
	detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}

declare global {
	interface Window {
		readonly BarcodeDetector?: new (options: { formats: string[] }) => Detector;
	}
}

export const canScan = (): boolean => window.BarcodeDetector !== undefined && 'mediaDevices' in navigator;

/** Reads labels by the camera, in this browser; each text is told once. */
export const Scanner = ({ found, stop }: { found: (text: string) => void; stop: () => void }) => {
	const video = useRef<HTMLVideoElement>(null);
	const [error, setError] = useState<unknown>(null);
	const tell = useRef(found);
	tell.current = found;
	useEffect(() => {
		let over = false;
		let stream: MediaStream | null = null;
		const seen = new Set<string>();
		const run = async (): Promise<void> => {
			try {
				const Detector = window.BarcodeDetector;
				if (Detector === undefined) return;
				const detector = new Detector({ formats: ['qr_code', 'data_matrix', 'code_128', 'code_39'] });
				stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
				const element = video.current;
				if (over || element === null) {
					for (const track of stream.getTracks()) track.stop();
					return;
				}
				element.srcObject = stream;
				await element.play();
				while (!over) {
					for (const { rawValue } of await detector.detect(element)) {
						if (seen.has(rawValue)) continue;
						seen.add(rawValue);
						tell.current(rawValue);
					}
					await new Promise((done) => setTimeout(done, PACE));
				}
			} catch (caught) {
				if (!over) setError(caught);
			}
		};
		void run();
		return () => {
			over = true;
			for (const track of stream?.getTracks() ?? []) track.stop();
		};
	}, []);
	return (
		<div class="scanner">
			{error === null ? <p class="faint">{words.scanning}</p> : <Problem error={error} />}
			<video ref={video} muted playsInline aria-label={words.part} />
			<button type="button" class="quiet" onClick={stop}>
				{words.stop}
			</button>
		</div>
	);
};
