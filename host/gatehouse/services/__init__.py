"""The gatehouse as a service of the station PC: descriptions as text, and putting them where the system reads them.

service.py   what is to run, as whom, over which files
systemd.py   a unit for systemd
winsw.py     a description for WinSW, which makes a Windows service of a program
placing.py   writing such a file, and knowing whether a person has changed it since
"""
