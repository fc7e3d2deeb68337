import { useEffect, useRef, useState } from 'preact/hooks';
import { kept } from './draft.ts';
import { route } from './route.ts';
import { self } from './session.ts';

/**
 * State of a dialog that stays when the page goes dark: after the same person signed in again, the dialog stands open with what was typed.
 * Closed, or with another page, it is gone. Not for secrets.
 */
export const useKept = <Value>(name: string, initial: Value): [Value, (value: Value) => void] => {
	const { current: key } = useRef(`${route.value.path} ${name}`);
	const [value, setValue] = useState<Value>(() => (kept.has(key) ? (kept.get(key) as Value) : initial));
	useEffect(
		() => () => {
			if (self.value) kept.delete(key);
		},
		[],
	);
	const set = (next: Value): void => {
		if (next === initial) kept.delete(key);
		else kept.set(key, next);
		setValue(next);
	};
	return [value, set];
};
