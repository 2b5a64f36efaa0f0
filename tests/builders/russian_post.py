"""Russian Post's answers, written by hand from the field list of ``getOperationHistory``.

``russian_post.answer(russian_post.operation(2, 1))`` is the SOAP; ``russian_post.payload(...)`` what a receipt holds.
"""

from tracking.carriers import russian_post

NUMBER = "80080080080085"
AT = "2026-03-03T12:00:00.000+03:00"


def operation(kind: int, attribute: int = 0, at: str = AT, payment: str = "0", place: str = "Москва 101000") -> str:
    return f"""<ns3:historyRecord><ns3:AddressParameters>
      <ns3:DestinationAddress><ns3:Index>630000</ns3:Index><ns3:Description>Новосибирск</ns3:Description></ns3:DestinationAddress>
      <ns3:OperationAddress><ns3:Index>101000</ns3:Index><ns3:Description>{place}</ns3:Description></ns3:OperationAddress>
      <ns3:CountryOper><ns3:Id>643</ns3:Id><ns3:Code2A>RU</ns3:Code2A></ns3:CountryOper></ns3:AddressParameters>
      <ns3:FinanceParameters><ns3:Payment>{payment}</ns3:Payment></ns3:FinanceParameters>
      <ns3:ItemParameters><ns3:Barcode>{NUMBER}</ns3:Barcode><ns3:ComplexItemName>Посылка</ns3:ComplexItemName></ns3:ItemParameters>
      <ns3:OperationParameters><ns3:OperType><ns3:Id>{kind}</ns3:Id><ns3:Name>Операция</ns3:Name></ns3:OperType>
      <ns3:OperAttr><ns3:Id>{attribute}</ns3:Id><ns3:Name/></ns3:OperAttr><ns3:OperDate>{at}</ns3:OperDate></ns3:OperationParameters>
      <ns3:UserParameters><ns3:Rcpn>ПЕТРОВ П. П.</ns3:Rcpn></ns3:UserParameters></ns3:historyRecord>"""


def answer(*operations: str) -> bytes:
    inside = f'<ns3:OperationHistoryData xmlns:ns3="http://russianpost.org/operationhistory/data">{"".join(operations)}'
    return _envelope(
        f"<ns7:getOperationHistoryResponse>{inside}</ns3:OperationHistoryData></ns7:getOperationHistoryResponse>"
    )


def fault(words: str = "Ошибка авторизации") -> bytes:
    return _envelope(f'<S:Fault><S:Code/><S:Reason><S:Text xml:lang="ru">{words}</S:Text></S:Reason></S:Fault>')


def payload(*operations: str) -> dict:
    return russian_post.payload_of(NUMBER, answer(*operations))


def _envelope(inside: str) -> bytes:
    names = 'xmlns:S="http://www.w3.org/2003/05/soap-envelope" xmlns:ns7="http://russianpost.org/operationhistory"'
    return f"<?xml version='1.0' encoding='UTF-8'?><S:Envelope {names}><S:Body>{inside}</S:Body></S:Envelope>".encode()
