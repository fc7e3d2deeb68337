/** True for what begins as JSON, also with comments, and not as a table of TOML or a line of a log. */
export const beginsAsJson = (head: string): boolean => {
	// A table of TOML.
	if (/^\s*\[\[\s*(?!(?:true|false|null)\b)[A-Za-z_][\w.-]{0,64}\s*\]\]/.test(head)) return false;
	if (
		!/^\s*(?:\/\*(?:[^*]|\*(?!\/))*\*\/\s*)?[{[]\s*("|[{[\]}]|\/|-?\d[\d.eE+-]{0,32}(?![\w:./+-])|$|true|false|null)/.test(
			head,
		)
	)
		return false;
	// A line of a log: `[1.250] …`, `[12] …`.
	return !/^\s*\[[\d.]{1,32}\]\s{0,8}[^\s,\]}[{]/.test(head);
};
