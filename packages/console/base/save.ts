/** Gives the browser a file that was made in the page. */
export const save = (name: string, type: string, parts: readonly string[]): void => {
	const address = URL.createObjectURL(new Blob([...parts], { type }));
	const link = document.createElement('a');
	link.href = address;
	link.download = name;
	link.click();
	// The browser has it once the click is over.
	setTimeout(() => URL.revokeObjectURL(address), 0);
};
