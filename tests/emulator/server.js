// Starts the npm package telegram-test-api on 127.0.0.1 at the port given; says "ready" on standard output.
const TelegramServer = require("telegram-test-api");
const Server = TelegramServer.default || TelegramServer.TelegramServer || TelegramServer;
const server = new Server({ port: Number(process.argv[2]), host: "127.0.0.1", storeTimeout: 3600 });
server.start().then(() => console.log("ready"));
