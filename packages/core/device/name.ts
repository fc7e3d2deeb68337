/** Names of applications, devices, streams and readers, as a pattern: what fits one MQTT topic level. */
export const namePattern = '^[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?$';

const NAME = new RegExp(namePattern);

/** True for 1 to 64 of `a-z 0-9 . -` that start and end with a letter or digit. Names with `_` are Keyward's own. */
export const isName = (text: string): boolean => NAME.test(text);
