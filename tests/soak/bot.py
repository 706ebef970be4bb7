"""The Telegram channel in a process of its own, which the soak kills: its assistant repeats what it was told.

No Rasa: what the soak watches is the channel's promise, not the answers' meaning.
"""

from __future__ import annotations

import asyncio
import random
import signal

from rasa.core.channels.channel import UserMessage

from bot.channels.telegram import TelegramInput
from orienta.logs import set_up_logs
from storage.settings import load_settings


async def assistant(message: UserMessage) -> None:
    await asyncio.sleep(random.uniform(0, 0.05))
    text = str(message.text)
    two = text.endswith("0") and "\n" not in text  # some turns have two answers
    answers = [f"{text} first", f"{text} second"] if two else [text]
    for answer in answers:
        await message.output_channel.send_response(message.sender_id, {"text": answer})


async def main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    channel = TelegramInput(load_settings())
    channel.blueprint(assistant)
    await channel._start(None, None)
    await stop.wait()
    await channel._stop(None, None)


if __name__ == "__main__":
    set_up_logs("soak-bot")
    asyncio.run(main())
