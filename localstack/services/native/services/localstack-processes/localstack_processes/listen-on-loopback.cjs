'use strict';
// Loaded before a Node server that listens on every address: whatever it asks for, its ports open on 127.0.0.1 only.
const { Server } = require('node:net');

const { listen } = Server.prototype;

Server.prototype.listen = function listenOnLoopback(...args) {
  const callback = args.find((each) => typeof each === 'function');
  const [first] = args;
  const port = typeof first === 'object' && first !== null ? first.port : first;
  if (port === undefined || typeof port === 'function') return listen.apply(this, args);
  return listen.call(this, { port: Number(port), host: '127.0.0.1' }, callback);
};
