"""What a picture is and what can be in it. The renderer, the network and the daemon agree on these."""

IMAGE_WIDTH_PX = 384
IMAGE_HEIGHT_PX = 288

# The order is the class id in labels, in the network's output rows and on the card.
CLASS_NAMES = ("blue cone", "yellow cone", "orange cone", "stop sign", "person", "box")
CLASS_COUNT = len(CLASS_NAMES)
STOP_SIGN_CLASS_ID = CLASS_NAMES.index("stop sign")
CONE_CLASS_IDS = (0, 1, 2)

# What the letterbox of the daemon paints beside a picture of another shape.
LETTERBOX_VALUE = 114
