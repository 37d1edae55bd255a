docker run --name test-data alpine:latets sh
docker run --name test-data alpine:latest sh
docker run --name test-data -it alpine:latest sh
docker ps -a
docker rm test-data
docker run --name test-data -it alpine:latest sh
ehco "중요한 데이터" > /tmp/important.txt
echo "중요한 데이터" > /tmp/important.txt
echo "애플리케이션 로그" > /var/log/app.log
exit
docker start -i testdata
docker start -i test-data
cat /tmp/importnat.txt
cat /tmp/important.txt
cat /var/log/app.log
exit
docker rm test-data
docker run --name test-data-new -it alpine:latest sh
ls /tmp/
ls /var/log/
exit
