# Arms the car, lets it drive one lap by itself, disarms it. Needs Python 3.9 and: pip install websockets
#   python3 docs/examples/drive_a_lap.py http://127.0.0.1:8080 [token]
import json
import sys
import time

from websockets.sync.client import connect

address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
headers = {"Authorization": f"Bearer {sys.argv[2]}"} if len(sys.argv) > 2 else {}
url = address.replace("http", "ws", 1).rstrip("/") + "/ws/control"
state, laps_before, stop_before, pinged = "waiting", 0, None, 0.0
with connect(url, additional_headers=headers) as car:
    send = lambda **message: car.send(json.dumps(message))
    for data in car:
        message = json.loads(data)
        if message["kind"] == "welcome" and not message["isDriver"]:
            send(kind="take-over")
        elif message["kind"] == "arming-refused":
            state = "waiting"
        elif message["kind"] == "telemetry":  # ten times a second
            # The car stops when its driver falls silent for a second: a ping says that this program is still there.
            if time.monotonic() - pinged > 0.4:
                pinged = time.monotonic()
                send(kind="ping", sentAtMs=pinged * 1000)
            laps = message.get("simulated", {}).get("laps", 0)
            last_stop = message.get("lastStop", {})
            if state == "waiting" and message["mode"] == "disarmed" and not message["obstacles"]:
                state, laps_before, stop_before = "armed", laps, last_stop.get("atMs")
                send(kind="arm", mode="auto")
            elif state == "armed" and message["mode"] == "auto":
                state = "driving"
            elif state == "driving" and laps > laps_before:
                state = "disarming"
                send(kind="disarm")
            elif state == "disarming" and message["mode"] == "disarmed":
                print("one lap driven, disarmed")
                break
            elif state in ("armed", "driving") and message["mode"] != "auto" and (
                state == "driving" or last_stop.get("atMs") != stop_before
            ):
                sys.exit(f"the car stopped by itself: {last_stop.get('code', message['mode'])}")
    else:
        sys.exit("the car closed the connection")
