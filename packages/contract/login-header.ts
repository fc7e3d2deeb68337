/** HTTP header with which a program on the operator's socket says who started it. */
export const loginHeader = 'keyward-login';
