"""Door of ViT Explorer: `python main.py [FOLDER|PICTURE]`, or `python main.py COMMAND …`."""

from explorer.__main__ import main

if __name__ == "__main__":
    main()
