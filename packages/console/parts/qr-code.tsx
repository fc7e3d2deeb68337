import encodeQR from 'qr';

/** ISO/IEC 18004: level M, so that a scratched label still reads; four light modules around. Dark on light in the dark too. */
export const QrCode = ({ text, label }: { text: string; label: string }) => {
	const rows = encodeQR(text, 'raw', { ecc: 'medium', border: 4 });
	const dark = rows.flatMap((row, y) => row.flatMap((module, x) => (module ? [`M${x} ${y}h1v1h-1z`] : [])));
	return (
		<svg
			class="qr"
			viewBox={`0 0 ${rows.length} ${rows.length}`}
			role="img"
			aria-label={label}
			shape-rendering="crispEdges"
		>
			<path d={dark.join('')} />
		</svg>
	);
};
