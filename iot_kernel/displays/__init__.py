"""What boards show in the notebook: frames of channel 2 become MIME bundles, pixels become pictures.

Never: a device, a message that is published, or trust in what a board says of itself.
"""
