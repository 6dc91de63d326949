"""The description of a Windows service for WinSW (https://github.com/winsw/winsw), as its versions 2 and 3 read it.

Its documentation, "XML configuration file", names the elements; a percent sign stands for a variable there and cannot
be escaped.
"""

import html
import subprocess

from gatehouse.services.service import NAME, Service, ServiceRefused, check_text

FILE = "gatehouse-service.xml"
PROGRAM = "gatehouse-service.exe"  # WinSW under the name that finds FILE
HOME = "https://github.com/winsw/winsw/releases"

DESCRIPTION = """\
<!-- Made by `gatehouse service install`; run that again when the settings file or Python has moved. -->
<service>
  <id>{name}</id>
  <name>Gatehouse</name>
  <description>Turnstile controller: serves the gates on the serial ports of this PC.</description>
  <executable>{executable}</executable>
  <arguments>{arguments}</arguments>
  <workingdirectory>{folder}</workingdirectory>
  <startmode>Automatic</startmode>
  <!-- WinSW asks by Ctrl-C; the last records are committed then. -->
  <stoptimeout>30 sec</stoptimeout>
  <onfailure action="restart" delay="10 sec"/>
  <resetfailure>1 hour</resetfailure>
  <log mode="roll-by-size">
    <sizeThreshold>10240</sizeThreshold>
    <keepFiles>8</keepFiles>
  </log>
</service>
"""


def description(service: Service) -> str:
    """The whole file. ServiceRefused if a path cannot stand in one."""
    for what, text in (("the interpreter", service.python), ("the settings file", str(service.config))):
        check_text(what, text)
        if "%" in text:
            raise ServiceRefused(
                f"{what}: {text} holds a percent sign, which WinSW would replace. Choose another path."
            )
    return DESCRIPTION.format(
        name=NAME,
        executable=html.escape(service.python),
        arguments=html.escape(subprocess.list2cmdline(service.command[1:])),
        folder=html.escape(str(service.config.parent)),
    )
