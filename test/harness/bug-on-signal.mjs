// Loaded before a program (`NODE_OPTIONS=--import`): a signal from outside makes it meet a bug of its own.
process.on('SIGUSR2', () => {
  throw new Error('a bug, on purpose');
});
process.on('SIGWINCH', () => {
  void Promise.reject(new Error('a rejection that nobody caught, on purpose'));
});
